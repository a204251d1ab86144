import Model

extension ProblemType {
    public static let approvalNeeded = ProblemType(
        "approval-needed", 409, "Someone else must approve this",
        means:
            "The rollback approver, their backup or the commander grants an exception from a freeze. A rollback may be answered by the "
            + "approver at once, then every five minutes by the next one as well: backup, commander, anyone with scope command. "
            + "allowed or current lists who may; the detail says from when.",
        remedy: "Ask one of them, and name them as author; or wait until you may answer.")
}

extension Incident {
    /// Who may grant an exception at once; empty while anyone may, because there is no commander.
    var freezeApprovers: [Person] {
        holder(of: .commander) == nil ? [] : approvalLine.map(\.person)
    }

    /// Refuses who may not grant an exception.
    func requireFreezeApprover(_ author: Author) throws(Refusal) {
        let approvers = freezeApprovers
        guard !approvers.isEmpty, !approvers.contains(author.person) else { return }
        let names = approvers.map(\.name)
        throw Refusal(
            .approvalNeeded,
            "Only \(names.joined(separator: ", ")) may grant an exception. Ask one of them, and name them as author.",
            allowed: names,
            links: [
                .init(
                    AssignRole.self, Role.commander.rawValue, detail: "takes the role", body: ["person": "…"])
            ])
    }
}
