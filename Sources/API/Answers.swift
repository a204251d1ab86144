import Coordination
import HTTP
import Incidents
import Journal
import JSON

/// How outcomes of the lane are shown; a replayed one is shown by the same lines.
enum Answers {
    static func bytes(of incident: Incident) -> [UInt8] {
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.members(of: incident)
        writer.endObject()
        return writer.bytes
    }

    static func render(_ outcome: Outcome) throws -> Response {
        switch outcome {
        case .entry(let stored, let warnings): try entry(stored, status: .created, warnings)
        case .existing(let stored, let warnings): try entry(stored, status: .ok, warnings)
        case .declared(let published, let warnings):
            incident(published.incident, status: .created, warnings)
        case .incident(let published, let warnings):
            incident(published.incident, status: .ok, warnings)
        case .token, .endpoint, .test, .replayed, .done: Answer.noContent
        }
    }

    static func entry(_ stored: StoredEntry, status: Status, _ warnings: [Warning]) throws -> Response {
        let ref = Incident.ref(stored.incident)
        return try Answer.object(status, location: "/v1/incidents/\(ref)/timeline/\(stored.seq)") { writer in
            if stored.kind == .updatePublished {
                try writer.members(ofUpdate: stored)
            } else {
                try writer.members(of: stored)
            }
            writer.warnings(warnings)
        }
    }

    static func incident(_ incident: Incident, status: Status, _ warnings: [Warning]) -> Response {
        Answer.object(
            status, tag: Tag.incident(incident),
            location: status == .created ? "/v1/incidents/\(incident.ref)" : nil
        ) { writer in
            writer.members(of: incident)
            writer.warnings(warnings)
        }
    }

    /// A token's members; its secret is shown by nothing but the answer that made it.
    static func token(_ token: Token, to writer: inout JSONWriter) {
        writer.member("id", token.id)
        writer.member("name", token.name)
        writer.member("scope", token.scope.rawValue)
        writer.member("created_at", token.createdAt.rfc3339)
        writer.member("revoked_at", token.revokedAt?.rfc3339)
    }

    /// A token as the answer that made it shows it; a replay has no secret, and says nothing of what came later.
    static func newToken(_ token: Token, secret: String?, to writer: inout JSONWriter) {
        writer.member("id", token.id)
        writer.member("name", token.name)
        writer.member("scope", token.scope.rawValue)
        writer.member("token", secret)
        writer.member("created_at", token.createdAt.rfc3339)
    }

    /// A webhook as the answer that made it shows it; a replay has no secret, and says nothing of what came later.
    static func newWebhook(_ endpoint: Endpoint, secret: String?, to writer: inout JSONWriter) {
        var endpoint = endpoint
        endpoint.disabledAt = nil
        endpoint.disabledReason = nil
        endpoint.failingSince = nil
        webhook(endpoint, to: &writer)
        writer.member("secret", secret)
    }

    /// A webhook's members; its secret is shown by nothing but the answer that made it.
    static func webhook(_ endpoint: Endpoint, to writer: inout JSONWriter) {
        writer.member("id", endpoint.id)
        writer.member("url", endpoint.url)
        writer.name("events")
        writer.beginArray()
        for pattern in endpoint.events { writer.string(pattern) }
        writer.endArray()
        writer.member("created_at", endpoint.createdAt.rfc3339)
        writer.member("disabled_at", endpoint.disabledAt?.rfc3339)
        writer.member("disabled_reason", endpoint.disabledReason)
        writer.member("failing_since", endpoint.failingSince?.rfc3339)
    }

    static func test(_ endpoint: String, _ messageID: String, to writer: inout JSONWriter) {
        writer.member("id", messageID)
        writer.member("type", EventType.endpointTest.rawValue)
        writer.member("webhook", endpoint)
    }
}

extension Call {
    /// Renders what a key led to before, from the journal: status, `Location`, `ETag` and body as then.
    func replay(_ kept: KeptKey) {
        read { [self] in
            var response = try rendered(kept)
            response.fields.append(("Idempotency-Replayed", "true"))
            return response
        }
    }

    private func rendered(_ kept: KeptKey) throws -> Response {
        let status = Status(kept.status)
        let warnings = kept.warnings.compactMap(Warning.init(rawValue:))
        switch kept.subject {
        case .entry(let incident, let seq):
            guard let stored = try services.reader.entries(of: incident, seqs: [seq]).first else {
                throw Problem.gone
            }
            return try Answers.entry(stored, status: status, warnings)
        case .incident(let number, let seq):
            guard let published = try services.history.published(number, asOf: seq) else {
                throw Problem.gone
            }
            return Answers.incident(published.incident, status: status, warnings)
        case .token(let id):
            guard let token = services.directory.token(id) else { throw Problem.gone }
            return Answer.object(status, location: "/v1/tokens/\(id)", noStore: true) {
                Answers.newToken(token, secret: nil, to: &$0)
            }
        case .endpoint(let id):
            guard let endpoint = services.directory.endpoint(id) else { throw Problem.gone }
            return Answer.object(status, location: "/v1/webhooks/\(id)", noStore: true) {
                Answers.newWebhook(endpoint, secret: nil, to: &$0)
            }
        case .test(let endpoint, let messageID):
            return Answer.object(status) { Answers.test(endpoint, messageID, to: &$0) }
        case .nothing:
            return Answer.noContent
        }
    }

    /// The refusal of a stale draft shows the entries that made it stale.
    func explainStaleDraft(_ basis: Int, _ newer: [Int], _ published: Published?) {
        read { [self] in
            var problem = Problem(Refusal.violation(.staleDraft(basis: basis, newer: newer), published))
            if let number = published?.incident.number {
                var writer = JSONWriter()
                writer.beginObject()
                writer.name("entries")
                writer.beginArray()
                for stored in try services.reader.entries(of: number, seqs: newer) {
                    writer.beginObject()
                    try writer.members(of: stored)
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
                problem.current = writer.bytes
            }
            throw problem
        }
    }
}

extension Problem {
    fileprivate static var gone: Problem {
        Problem(.notFound, "What this key led to before is no longer there.")
    }
}
