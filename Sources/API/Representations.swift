import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model

/// How outcomes of the lane are shown; a replayed one is shown by the same lines.
enum Representations {
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
        case .declared(let snapshot, let warnings):
            incident(snapshot.incident, status: .created, warnings)
        case .incident(let snapshot, let warnings):
            incident(snapshot.incident, status: .ok, warnings)
        case .token, .webhook, .editedWebhook, .rotatedSecret, .test, .retried, .replayed, .done,
            .unfinished:
            Responses.noContent
        }
    }

    static func entry(_ stored: StoredEntry, status: Status, _ warnings: [Warning]) throws -> Response {
        let ref = Incident.ref(stored.incident)
        return try Responses.object(status, location: "/v1/incidents/\(ref)/timeline/\(stored.seq)") {
            writer in
            if stored.kind == UpdatePublished.kind {
                try writer.members(ofUpdate: stored)
            } else {
                try writer.members(of: stored)
            }
            writer.warnings(warnings)
        }
    }

    static func incident(_ incident: Incident, status: Status, _ warnings: [Warning]) -> Response {
        Responses.object(
            status, tag: ETags.incident(incident),
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
    static func newWebhook(_ webhook: Webhook, secret: String?, to writer: inout JSONWriter) {
        var webhook = webhook
        webhook.disabledAt = nil
        webhook.disabledReason = nil
        webhook.failingSince = nil
        webhook.behindSince = nil
        webhook.previousSecrets = []
        writer.members(of: webhook)
        writer.member("secret", secret)
    }

    /// A webhook; its secret is shown by nothing but the answer that made it.
    static func webhook(_ webhook: Webhook) -> Response {
        Responses.object { $0.members(of: webhook) }
    }

    static func test(_ webhook: String, _ messageID: String) -> Response {
        Responses.object(.accepted, location: location(ofDelivery: messageID)) { writer in
            writer.member("id", messageID)
            writer.member("type", EventType.webhookTest.rawValue)
            writer.member("webhook", webhook)
        }
    }

    static func location(ofDelivery messageID: String) -> String {
        "/v1/deliveries/\(messageID)"
    }
}

extension RequestContext {
    /// Renders what a key led to before, from the journal: status, `Location`, `ETag` and body as then.
    func replay(_ kept: IdempotencyRecord) {
        read { [self] in
            var response = try rendered(kept)
            response.fields.append(("Idempotency-Replayed", "true"))
            return response
        }
    }

    private func rendered(_ kept: IdempotencyRecord) throws -> Response {
        let status = Status(kept.status)
        let warnings = kept.warnings.compactMap { code in Incident.warnings.first { $0.code == code } }
        switch kept.subject {
        case .entry(let incident, let seq):
            guard let stored = try services.reader.entries(of: incident, seqs: [seq]).first else {
                throw Problem.gone
            }
            return try Representations.entry(stored, status: status, warnings)
        case .incident(let number, let seq):
            guard let snapshot = try services.incidentLoader.snapshot(number, asOf: seq) else {
                throw Problem.gone
            }
            return Representations.incident(snapshot.incident, status: status, warnings)
        case .token(let id):
            guard let token = services.credentials.token(id) else { throw Problem.gone }
            return Responses.object(status, location: "/v1/tokens/\(id)", noStore: true) {
                Representations.newToken(token, secret: nil, to: &$0)
            }
        case .webhook(let id):
            if let shown = kept.shown { return webhook(shown, status, id) }
            // Kept by a Drumbeat that did not keep what it showed.
            guard let webhook = services.credentials.webhook(id) else { throw Problem.gone }
            return Responses.object(status, location: "/v1/webhooks/\(id)", noStore: true) {
                Representations.newWebhook(webhook, secret: nil, to: &$0)
            }
        case .delivery(let webhook, let messageID):
            guard let shown = kept.shown else { return Representations.test(webhook, messageID) }
            return Responses.bytes(status, shown, location: Representations.location(ofDelivery: messageID))
        case .nothing:
            return Responses.noContent
        }
    }

    /// A webhook as it was shown then, whatever has become of it.
    private func webhook(_ shown: [UInt8], _ status: Status, _ id: String) -> Response {
        if ticket.route.operation.name == "editWebhook" {
            return Responses.withTag(Responses.bytes(status, shown))
        }
        let location = status == .created ? "/v1/webhooks/\(id)" : nil
        return Responses.bytes(status, shown, location: location, noStore: true)
    }

    /// A refusal whose `current` is a list of seqs shows those entries.
    func explain(_ refusal: Refusal, _ seqs: [Int], _ snapshot: IncidentSnapshot?) {
        read { [self] in
            var problem = Problem(WriteRefusal.rule(refusal, snapshot))
            if let number = snapshot?.incident.number {
                var writer = JSONWriter()
                writer.beginObject()
                writer.name("entries")
                writer.beginArray()
                for stored in try services.reader.entries(of: number, seqs: seqs) {
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
