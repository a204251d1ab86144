import Model
import Time

extension Mitigation {
    /// The request for a yes to a rollback (domain.md, section 9).
    public struct Approval: Sendable, Equatable {
        /// From one place of the line to the next.
        static let step: Duration = .seconds(300)
        /// Approver, backup, commander, anyone.
        static let placesMax = 4

        /// When it was requested: the deadline of its nags, which no other request of the incident has.
        public internal(set) var dueAt: Timestamp
        /// When the places of the line may answer, counted from `dueAt`; ascending.
        let steps: [Duration]
        /// Whether the commander overrode the rule of one clean attempt.
        let overrides: Bool
        public let database: Rollback.Database
        /// What it returns to. Kept only until the rollback ends; the timeline has it for good.
        public internal(set) var knownGood: String?
        /// The last place of the line that was nagged; 0 for none.
        var nagged = 0
        /// The seq of the answer; `nil` before.
        public internal(set) var answeredSeq: Int?
        public internal(set) var answeredBy: Person?

        /// When place `number` (1…) may answer.
        public func moment(ofPlace number: Int) -> Timestamp {
            steps.prefix(max(number, 1)).last.map { dueAt + $0 } ?? dueAt
        }

        mutating func count(_ nag: NagSent) { nagged = max(nagged, nag.number) }
    }
}

extension Incident {
    /// Who may say yes to a rollback, in this order; after them anyone with scope `command`. Depends on today's roles.
    public var approvalLine: [NagSent.Recipient] {
        Incident.eachOnce([.rollbackApprover, .rollbackBackup, .commander].compactMap(recipient))
    }

    /// Whether a yes may start a requested rollback: none was tried in this episode without help, or the commander overrode that.
    public func mayApprove(_ request: Mitigation) -> Bool {
        !mitigations.isRollbackSpent || request.approval?.overrides == true
    }

    /// The place of a person in the line: 1…, the last one for those who are not named in it.
    func approvalPlace(of person: Person) -> Int {
        let line = approvalLine
        return (line.firstIndex { $0.person == person } ?? line.count) + 1
    }

    /// Refuses an answer by someone who may not give it yet.
    func requireApproval(of mitigation: Mitigation, by person: Person?, at now: Timestamp) throws(Refusal) {
        guard let approval = mitigation.approval else { return }
        if let person, now >= approval.moment(ofPlace: approvalPlace(of: person)) { return }
        let line = approvalLine
        let names = line.map { "\($0.person.name) (\($0.role))" } + ["anyone with scope command"]
        let moments = names.indices.map { approval.moment(ofPlace: $0 + 1) }
        let who = zip(names, moments).map { name, moment in
            "\(name) \(moment <= now ? "now" : "from \(moment.minute(on: nil)) UTC")"
        }
        throw Refusal(
            .approvalNeeded,
            "The rollback of entry \(mitigation.seq) waits for a yes. These may answer: \(who.joined(separator: ", ")).",
            current: .shown { object in
                object.write("approval", objects: Array(zip(line.map(Optional.some) + [nil], moments))) {
                    object, place in
                    object.writeOrNull("role", place.0?.role)
                    object.writeOrNull("person", place.0?.person.name)
                    object.write("from", place.1)
                }
            },
            links: [
                .init(
                    AnswerRollback.self, mitigation.id,
                    detail: "answers the request", body: ["approved": true]),
                .init(
                    AssignRole.self, Role.rollbackApprover.rawValue,
                    detail: "names who may answer at once", body: ["person": "…"]),
            ])
    }
}
