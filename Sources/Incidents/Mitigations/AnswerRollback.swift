import Model
import Time

/// A request for a rollback got its yes or no.
public struct RollbackAnswered: EntryPayload, Equatable {
    public static let kind: EntryKind = "rollback_answered"
    public static let event = EventType.entryAdded

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    /// The seq of the request.
    public var of: Int
    public var approved: Bool
    public var reason: String?

    public init(of: Int, approved: Bool, reason: String?) {
        self.of = of
        self.approved = approved
        self.reason = reason
    }

    /// The entry after a yes starts it.
    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.mitigations.change(of) { mitigation in
            mitigation.approval?.answeredSeq = place.seq
            mitigation.approval?.answeredBy = place.author
            guard !approved else { return }
            mitigation.state = .declined
            mitigation.endedAt = place.recordedAt
        }
        return false
    }

    /// A nag about another request stays.
    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        after.mitigations.requested.allSatisfy { $0.approval?.answeredSeq != nil } ? ApprovalNag.queued : []
    }
}

extension RollbackAnswered {
    public init(from fields: FieldReader) throws(FieldError) {
        of = try fields.facts.read("of")
        approved = try fields.facts.read("approved")
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("of", of)
        fields.facts.write("approved", approved)
        fields.words.write("reason", reason)
    }
}

/// Answers a request for a rollback.
public struct AnswerRollback: RequestedAction {
    public static let name = "answerRollback"
    public static let priority = WritePriority.critical

    /// The id of the mitigation.
    public var id: String
    public var approved: Bool
    public var reason: String?
    /// Why it starts beside another mitigation that is open.
    public var parallelReason: String?

    public init(_ id: String, approved: Bool, reason: String? = nil, parallelReason: String? = nil) {
        self.id = id
        self.approved = approved
        self.reason = reason
        self.parallelReason = parallelReason
    }

    public init(from body: BodyReader) throws(Refusal) {
        id = try body.mitigationID()
        approved = body.requiredBool("approved")
        reason = body.optionalText("reason", .reason)
        parallelReason = body.optionalText(
            "parallel_reason", .reason, "Why it starts beside another mitigation that is open.")
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("an answer to a rollback")
        let mitigation = try incident.requireMitigation(id)
        guard let approval = mitigation.approval else {
            throw .notAllowed(
                on: mitigation, "an answer: only a rollback needs one",
                "Say how it ended, once you know.")
        }
        if let seq = approval.answeredSeq {
            guard approved == (mitigation.state != .declined) else {
                throw .notAllowed(
                    on: mitigation, "another answer", "Request a new one, or end this one.")
            }
            return Decision(saidBy: seq)
        }
        let author = given.author.person
        try incident.requireApproval(of: mitigation, by: author, at: given.now)
        guard approved else {
            let answered = RollbackAnswered(of: mitigation.seq, approved: false, reason: reason)
            return Decision([
                given.entry(
                    answered,
                    "\(author.name) declined the rollback of entry \(mitigation.seq)" + because(reason))
            ])
        }
        guard incident.mayApprove(mitigation) else { throw .rollbackSpent(on: incident) }
        try incident.requireNoOpenMitigation(orParallel: mitigation.isParallel || parallelReason != nil)
        return Decision(
            AnswerRollback.approving(
                mitigation, of: incident, parallelReason: parallelReason, reason: reason, given),
            shown: 0)
    }

    /// The yes, and the start.
    static func approving(
        _ mitigation: Mitigation, of incident: Incident, parallelReason: String?, reason: String?,
        _ given: Circumstances<Incident>
    ) -> [NewEntry<Incident>] {
        let name = given.author.person.name
        let exception = incident.exceptionForMitigation(mitigation.plan?.action ?? "", given)
        return [
            given.entry(
                RollbackAnswered(of: mitigation.seq, approved: true, reason: reason),
                "\(name) approved the rollback of entry \(mitigation.seq)" + because(reason)),
            given.entry(
                MitigationStarted(requestedBy: mitigation, parallelReason: parallelReason),
                "The rollback of entry \(mitigation.seq) started\(mitigation.owner.map { ", by \($0.name)" } ?? "")"
            ), exception,
        ].compactMap(\.self)
    }
}
