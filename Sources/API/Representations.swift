import Documents
import Engine
import HTTP
import Incidents
import Journal
import Routing
import Views

/// Responses of lane outcomes: the same code renders the first answer and each replay.
enum Representations {
    static func response(to outcome: Outcome, for viewer: Viewer) throws -> Response {
        let status = Status(outcome.effect.rawValue)
        switch outcome.subject {
        case .entry(let stored): return try entry(stored, status, outcome.warnings, viewer)
        case .state(let snapshot as Snapshot<Incident>):
            return incident(snapshot, status, outcome.warnings, viewer)
        case .state(let snapshot as Snapshot<Document>):
            // A caller that may change a document may see all of it.
            return document(
                snapshot.state, status, tag: ETags.tag(snapshot.validator),
                warnings: outcome.warnings)
        case .state: preconditionFailure("an aggregate without a representation")
        case .resource(let shown): return resource(shown, outcome.effect)
        // The handler of the request renders the outcomes of all its parts.
        case .each, .nothing: return Responses.noContent
        }
    }

    /// A response that has or had a secret must not be stored by caches; other changed resources get a tag.
    private static func resource(_ shown: ShownResource, _ effect: Outcome.Effect) -> Response {
        let body = shown.bodyWithSecret ?? shown.body
        let isNew = effect != .done
        return Responses.bytes(
            Status(effect.rawValue), body,
            tag: effect == .done && !shown.kind.hasSecret && shown.kind != .deploy ? ETags.body(body) : nil,
            location: isNew ? shown.kind.location(shown.id) : nil, noStore: shown.kind.hasSecret)
    }
}

extension IdempotencyRecord.Resource {
    fileprivate var hasSecret: Bool {
        switch self {
        case .token, .webhookSecret: true
        case .webhook, .delivery, .test, .deploy: false
        }
    }

    fileprivate func location(_ id: String) -> String? {
        switch self {
        case .token: "/v1/tokens/\(id)"
        case .webhook, .webhookSecret: "/v1/webhooks/\(id)"
        case .delivery: "/v1/deliveries/\(id)"
        case .test, .deploy: nil
        }
    }
}

extension Outcome {
    /// The outcome of an idempotency record; `nil` when its subject is gone. Blocks on the store.
    init?(replaying record: IdempotencyRecord, from services: Services) throws {
        guard let effect = Effect(rawValue: record.status) else { return nil }
        let warnings = record.warnings.compactMap(Incident.warning(stored:))
        switch record.subject {
        case .entry(let stream, let seq):
            guard let stored = try services.reader.entries(of: stream, seqs: [seq]).first else { return nil }
            self.init(effect, .entry(stored), warnings: warnings)
        case .state(let stream, let seq):
            guard let snapshot = try services.snapshot(of: stream, asOf: seq) else { return nil }
            self.init(effect, .state(snapshot), warnings: warnings)
        case .resource(let kind, let id):
            guard let body = record.shown else { return nil }
            self.init(effect, .resource(ShownResource(kind, id: id, body: body)))
        case .each(let stream):
            guard let outcomes = record.shown.flatMap(EachOutcome.decode) else { return nil }
            self.init(effect, .each(stream, outcomes))
        case .nothing:
            self.init(effect, .nothing)
        }
    }
}
