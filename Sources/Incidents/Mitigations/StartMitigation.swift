import Model
import Time

/// A mitigation was started.
public struct MitigationStarted: EntryPayload, Equatable {
    public static let kind: EntryKind = "mitigation_started"
    public static let event = EventType("mitigation.started", .status, "A mitigation was started")

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    public var kind: Mitigation.Kind
    public var owner: Person?
    /// The seq of the request that a yes started; `nil` for a mitigation that needs none.
    public var request: Int?
    /// `nil` for a rollback: its request has it.
    public var plan: Mitigation.Plan?
    /// Why it runs beside another one.
    public var parallelReason: String?

    public init(_ kind: Mitigation.Kind, owner: Person?, _ plan: Mitigation.Plan, parallelReason: String?) {
        self.kind = kind
        self.owner = owner
        self.plan = plan
        self.parallelReason = parallelReason
    }

    /// A rollback that got its yes.
    init(requestedBy mitigation: Mitigation, parallelReason: String?) {
        kind = mitigation.kind
        owner = mitigation.owner
        request = mitigation.seq
        self.parallelReason = parallelReason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard let request else {
            incident.mitigations.begin(
                Mitigation(
                    id: place.id, seq: place.seq, kind: kind, state: .open, owner: owner,
                    isParallel: parallelReason != nil, startedSeq: place.seq, startedAt: place.recordedAt,
                    plan: plan))
            return true
        }
        incident.mitigations.change(request) { mitigation in
            mitigation.state = .open
            mitigation.startedSeq = place.seq
            mitigation.startedAt = place.recordedAt
        }
        return true
    }
}

extension MitigationStarted {
    public init(from fields: FieldReader) throws(FieldError) {
        let (facts, words) = (fields.facts, try fields.words)
        kind = try facts.read("kind")
        owner = try facts.read("owner")
        request = try facts.read("request")
        var action: String? = try words.read("action")
        if words.isErased, request == nil { action = redacted }
        if let action { plan = try Mitigation.Plan(action, from: words) }
        if request == nil, plan == nil { throw .odd("action") }
        parallelReason = try words.read("parallel_reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("kind", kind)
        fields.facts.write("owner", owner)
        fields.facts.write("request", request)
        plan?.write(to: &fields.words)
        fields.words.write("parallel_reason", parallelReason)
    }
}

extension Mitigation.Plan {
    init(_ action: String, from words: ObjectReader) throws(FieldError) {
        self.init(
            action: action, expected: try words.read("expected"),
            metric: try words.read("metric"), risk: try words.read("risk"))
    }

    func write(to words: inout ObjectWriter) {
        words.write("action", action)
        words.write("expected", expected)
        words.write("metric", metric)
        words.write("risk", risk)
    }

    /// The rest of an entry's text: `Turn the new search off. Expected: fewer errors. Watch: error rate.`
    var sentences: String {
        func sentence(_ label: String, _ text: String?) -> String {
            saysNothing(text) ? "" : ". \(label): \(text ?? "")"
        }
        return action + sentence("Expected", expected) + sentence("Watch", metric) + sentence("Risk", risk)
    }
}

/// Starts a mitigation, or requests a rollback.
public struct StartMitigation: RequestedAction {
    public static let name = "startMitigation"
    public static let priority = WritePriority.critical

    public var kind: Mitigation.Kind
    public var owner: Person?
    /// Its action may be empty for a rollback: what it returns to says it.
    public var plan: Mitigation.Plan
    public var parallelReason: String?
    /// Set for a rollback.
    public var rollback: Rollback?

    public init(
        _ kind: Mitigation.Kind, _ plan: Mitigation.Plan, owner: Person? = nil, parallelReason: String? = nil,
        rollback: Rollback? = nil
    ) {
        self.kind = kind
        self.plan = plan
        self.owner = owner
        self.parallelReason = parallelReason
        self.rollback = rollback
    }

    public init(from body: BodyReader) {
        let kind = body.optional(
            "kind", .word(Mitigation.Kind.allCases.map(\.rawValue)),
            "`other` by default, `rollback` with `known_good`.",
            otherwise:
                "It must be one of \(Mitigation.Kind.allCases.map(\.rawValue).joined(separator: ", ")).",
            Mitigation.Kind.init(typed:))
        let action = body.optionalText(
            "action", .nextAction, "What is changed. Required, except for a rollback.")
        plan = Mitigation.Plan(
            action: action ?? "",
            expected: body.optionalText("expected", .paragraph, "The expected effect."),
            metric: body.optionalText("metric", .paragraph, "The one metric that shows it."),
            risk: body.optionalText("risk", .paragraph, "What may go wrong."))
        owner = body.optionalText("owner", .person, "Who does it.").map { Person($0) }
        parallelReason = body.optionalText(
            "parallel_reason", .reason, "Why it runs beside another one that is open.")
        self.kind = kind ?? (body.isGiven("known_good") ? .rollback : .other)
        rollback = Rollback(from: body, isWanted: self.kind == .rollback)
        body.requireOne(
            of: ["action", "known_good"],
            otherwise:
                "Send action, what is changed, or for a rollback known_good, the version it returns to.")
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a mitigation")
        try incident.requireRoomForMitigation()
        if let rollback { return try request(rollback, on: incident, given) }
        try incident.requireNoOpenMitigation(orParallel: parallelReason != nil)
        let started = MitigationStarted(kind, owner: owner, plan, parallelReason: parallelReason)
        let text =
            "\(given.author.person.name) started a mitigation (\(kind.label)\(ownership)): \(plan.sentences)"
        let exception = incident.exceptionForMitigation(plan.action, given)
        return Decision(
            [given.entry(started, text + besides), exception].compactMap(\.self),
            warnings: plan.isMeasured ? [] : [.mitigationUnmeasured],
            shown: 0)
    }

    /// The owner in an entry's text.
    var ownership: String { owner.map { ", by \($0.name)" } ?? "" }

    /// Why it runs beside another one, in an entry's text.
    var besides: String { parallelReason.map { ". Beside another one, because: \($0)" } ?? "" }
}

extension Mitigation.Plan {
    /// Whether it says how to tell that it worked.
    var isMeasured: Bool { !saysNothing(expected) && !saysNothing(metric) }
}

extension Warning {
    public static let mitigationUnmeasured = Warning(
        "mitigation_unmeasured",
        "No expected effect or no metric was named, so no one can tell whether it worked. Name both the next time."
    )
}
