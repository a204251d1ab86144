import Model
import Time

/// A rollback was requested; it waits for a yes (domain.md, section 9).
public struct RollbackRequested: EntryPayload, Equatable {
    public static let kind: EntryKind = "rollback_requested"
    public static let event = EventType.entryAdded

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    public var owner: Person?
    public var database: Rollback.Database
    /// The deadline of the nags about it, which no other request of the incident has.
    public var dueAt: Timestamp
    /// When the places of the line may answer, counted from `dueAt`.
    public var steps: [Duration]
    /// Whether its author could say yes, and so did.
    public var approved: Bool
    /// Whether the commander overrode the rule of one clean attempt.
    public var overrides: Bool
    /// What it returns to.
    public var knownGood: String
    public var plan: Mitigation.Plan
    /// Why it may run beside another mitigation.
    public var parallelReason: String?
    public var reason: String?

    public init(
        _ rollback: Rollback, _ plan: Mitigation.Plan, owner: Person?, parallelReason: String?,
        dueAt: Timestamp, steps: [Duration], approved: Bool, overrides: Bool
    ) {
        self.owner = owner
        database = rollback.database
        self.dueAt = dueAt
        self.steps = steps
        self.approved = approved
        self.overrides = overrides
        knownGood = rollback.knownGood
        self.plan = plan
        self.parallelReason = parallelReason
        reason = rollback.reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.mitigations.begin(
            Mitigation(
                id: place.id, seq: place.seq, kind: .rollback, state: .requested, owner: owner,
                isParallel: parallelReason != nil,
                approval: .init(
                    dueAt: dueAt, steps: steps, overrides: overrides, database: database, knownGood: knownGood
                ),
                plan: plan))
        return false
    }
}

extension RollbackRequested {
    public init(from fields: FieldReader) throws(FieldError) {
        let (facts, words) = (fields.facts, try fields.words)
        owner = try facts.read("owner")
        database = try facts.read("database")
        dueAt = try facts.read("due_at")
        steps = try facts.read("steps_seconds")
        guard 1...Mitigation.Approval.placesMax ~= steps.count else { throw .odd("steps_seconds") }
        approved = try facts.read("approved")
        overrides = facts.has("override") ? try facts.read("override") : false
        knownGood = try words.read("known_good")
        plan = try Mitigation.Plan(try words.read("action"), from: words)
        parallelReason = try words.read("parallel_reason")
        reason = try words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("owner", owner)
        fields.facts.write("database", database)
        fields.facts.write("due_at", dueAt)
        fields.facts.write("steps_seconds", steps)
        fields.facts.write("approved", approved)
        if overrides { fields.facts.write("override", true) }
        fields.words.write("known_good", knownGood)
        plan.write(to: &fields.words)
        fields.words.write("parallel_reason", parallelReason)
        fields.words.write("reason", reason)
    }
}

/// What a mitigation of the kind `rollback` says besides its plan.
public struct Rollback: Sendable, Equatable {
    /// What happens to the data.
    public enum Database: String, CaseIterable, Sendable {
        /// The older version works with the data as it is.
        case safe
        /// The data stay as they are and are repaired later.
        case forwardFix = "forward_fix"
    }

    /// What it returns to.
    public var knownGood: String
    public var database: Database
    public var override: Bool
    public var reason: String?

    public init(to knownGood: String, _ database: Database, override: Bool = false, reason: String? = nil) {
        self.knownGood = knownGood
        self.database = database
        self.override = override
        self.reason = reason
    }

    /// `nil` for another kind of mitigation, which may have none of these members.
    init?(from body: BodyReader, isWanted: Bool) {
        let knownGood = body.optionalText(
            "known_good", .name, "Of a rollback, and required: the version it returns to.")
        let database = body.optional(
            "database", .word(Database.allCases.map(\.rawValue)),
            "Of a rollback, and required: whether the older version works with the data (`safe`), or they are repaired later "
                + "(`forward_fix`).",
            otherwise: "It must be safe or forward_fix.", Database.init(typed:))
        let override = body.bool(
            "override", "Of a rollback: although one did not help before. By the commander, with a reason.")
        let reason = body.optionalText("reason", .reason, "Of a rollback.")
        guard isWanted else {
            for (name, isGiven) in [
                ("known_good", knownGood != nil), ("database", body.isGiven("database")),
                ("override", override), ("reason", reason != nil),
            ] where isGiven {
                body.refuse(name, "It is allowed only with the kind rollback.")
            }
            return nil
        }
        if !body.isGiven("known_good") {
            body.refuse("known_good", "This member is required: the version that the rollback returns to.")
        }
        if !body.isGiven("database") {
            body.refuse("database", "This member is required: safe or forward_fix.")
        }
        self.init(to: knownGood ?? "", database ?? .safe, override: override, reason: reason)
    }
}

extension StartMitigation {
    /// Requests a rollback. A request by someone who may answer at once carries its own yes.
    func request(
        _ rollback: Rollback, on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let overrides = incident.mitigations.isRollbackSpent
        if overrides { try rollback.requireOverride(on: incident, given.author) }
        let author = given.author.person
        let isApproved = incident.approvalPlace(of: author) == 1
        if isApproved { try incident.requireNoOpenMitigation(orParallel: parallelReason != nil) }
        var plan = plan
        if saysNothing(plan.action) { plan.action = "Roll back to \(rollback.knownGood)" }
        let steps = (0..<Mitigation.Approval.placesMax).map { Mitigation.Approval.step * $0 }
        let requested = RollbackRequested(
            rollback, plan, owner: owner, parallelReason: parallelReason,
            dueAt: incident.mitigations.unusedDeadline(from: given.now), steps: steps, approved: isApproved,
            overrides: overrides)
        let database = rollback.database == .safe ? "safe for the data" : "the data are fixed forward"
        let text =
            "\(author.name) requested a rollback to \(rollback.knownGood) (\(database)\(ownership)): \(plan.sentences)"
            + because(rollback.reason) + besides
        var entries = [given.entry(requested, text)]
        if isApproved {
            let place = Place(
                seq: incident.seq + 1, id: "", author: author, occurredAt: given.now, recordedAt: given.now,
                visibility: .internal)
            var after = incident
            after.apply(requested, of: RollbackRequested.self, at: place)
            if let mitigation = after.mitigations.all.last {
                entries += AnswerRollback.approving(
                    mitigation, of: incident, parallelReason: nil, reason: nil, given)
            }
        }
        return Decision(
            entries, warnings: plan.isMeasured ? [] : [.mitigationUnmeasured], shown: 0)
    }
}

extension Rollback {
    /// One clean attempt: refuses another rollback in this episode, unless the commander overrides with a reason.
    fileprivate func requireOverride(on incident: Incident, _ author: Author) throws(Refusal) {
        guard override else { throw .rollbackSpent(on: incident) }
        try incident.requireCommander("another rollback", author)
        guard !saysNothing(reason) else {
            throw .invalid("#/reason", "An override requires a reason; the post-mortem shows it.")
        }
    }
}

extension Refusal {
    /// One rollback of the episode did not help.
    static func rollbackSpent(on incident: Incident) -> Refusal {
        Refusal(
            .rollbackSpent,
            "A rollback in this episode did not help. Restore a verified backup, or stabilise what runs and fix forward. "
                + "The commander may override with a reason.",
            links: [
                .init(
                    StartMitigation.self, detail: "restores a verified backup",
                    body: ["kind": "restore", "action": "…"]),
                .init(
                    StartMitigation.self, detail: "requests another rollback, by the commander",
                    body: [
                        "kind": "rollback", "known_good": "…", "database": "safe", "override": true,
                        "reason": "…",
                    ]),
            ])
    }
}

extension ProblemType {
    public static let rollbackSpent = ProblemType(
        "rollback-spent", 409, "The one rollback was tried",
        means:
            "One clean attempt: a rollback of this episode had no effect or made it worse, and another one would be thrashing.",
        remedy:
            "Restore a verified backup, or stabilise what runs. The commander may override with override and a reason."
    )
}
