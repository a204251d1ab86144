import Model
import Time

/// Someone asked to deploy while this incident froze deploys.
public struct DeployAttempted: EntryPayload, Equatable {
    public static let kind: EntryKind = "deploy_attempted"
    public static let event = EventType.entryAdded

    public enum Outcome: String, CaseIterable, Sendable {
        /// The freeze stopped it.
        case refused
        /// An exception let it through.
        case excepted
    }

    public var outcome: Outcome
    public var scope: String
    public var what: String

    public init(_ outcome: Outcome, scope: String, what: String) {
        self.outcome = outcome
        self.scope = scope
        self.what = what
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension DeployAttempted {
    public init(from fields: FieldReader) throws(FieldError) {
        outcome = try fields.facts.read("outcome")
        scope = try fields.words.read("scope")
        what = try fields.words.read("what")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("outcome", outcome)
        fields.words.write("scope", scope)
        fields.words.write("what", what)
    }
}

/// Records an attempt to deploy on an incident that freezes its scope, once per incident, `what` and outcome.
public struct AttemptDeploy: Action {
    public static let name = "attemptDeploy"

    public var outcome: DeployAttempted.Outcome
    public var scope: DeployScope
    public var what: String

    public init(_ outcome: DeployAttempted.Outcome, scope: DeployScope, what: String) {
        self.outcome = outcome
        self.scope = scope
        self.what = what
    }

    /// No client's `system` has a control character.
    private static let system = "\u{1F}deploy"

    /// Deduplicates; the entry itself has no source.
    public var message: (source: Source, text: String)? {
        (Source(system: AttemptDeploy.system, ref: "\(outcome.rawValue) \(what)", url: nil), "")
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let deploy = scope.isEverything ? what : "\(what) of \(scope.name)"
        let text =
            switch outcome {
            case .refused: "The freeze stopped a deploy: \(deploy)"
            case .excepted: "An exception let a deploy through: \(deploy)"
            }
        var entry = given.entry(
            DeployAttempted(outcome, scope: scope.name, what: what), text)
        entry.dedupKey = message.map { .source(system: $0.source.system, ref: $0.source.ref) }
        return Decision([entry])
    }
}

extension ProblemType {
    public static let deploysFrozen = ProblemType(
        "deploys-frozen", 423, "Deploys are frozen",
        means:
            "An open incident freezes deploys in this scope, and no exception for it runs. current lists the incidents.",
        remedy:
            "Wait until the incident ends. If this deploy is the fix, POST …/freeze/exceptions allows it for a while; "
            + "DELETE …/freeze lifts the freeze.")
}

extension Refusal {
    /// How many incidents the detail names.
    private static let namedMax = 3

    /// `shown` is the answer as encoded JSON; `links` is whether the caller may know more than refs.
    public static func deploysFrozen(
        _ answer: OpenFreezes.Answer, _ scope: DeployScope, shown: [UInt8], links: Bool
    ) -> Refusal {
        let refs = answer.freezes.map { Incident.ref($0.number) }
        let more = refs.count > namedMax ? " and others" : ""
        let names = refs.isEmpty ? "" : " by \(refs.prefix(namedMax).joined(separator: ", "))\(more)"
        let what = scope.isEverything ? "Deploys" : "Deploys of \(scope.name)"
        var refusal = Refusal(
            .deploysFrozen,
            "\(what) are frozen\(names). If this deploy is the fix, an exception "
                + "allows it; otherwise wait until the incident ends.",
            current: .shown(shown))
        guard links, let first = answer.freezes.first else { return refusal }
        refusal.stream = StreamID(Incident.self, first.number)
        refusal.links = [
            .init(
                GrantException.self, detail: "allows deploys for a while", body: ["minutes": 30, "what": "…"]),
            .init(LiftFreeze.self, detail: "lifts the freeze"),
        ]
        return refusal
    }
}
