import Incidents
import Model
import Time

/// How to answer a nag, in commands of the client. The incident accepts each of them as it is when the nag is sent.
///
/// The commands have no words of people, because the incident may be confidential.
public struct NagAnswer {
    private let incident: Incident
    /// When the nag is sent.
    private let now: Timestamp

    public init(on incident: Incident, at now: Timestamp) {
        self.incident = incident
        self.now = now
    }

    /// `To answer: drumbeat update INC-7, or drumbeat nothing-new INC-7`.
    public func text(
        to type: EventType, about: NagSent.About, asked: [NagSent.Recipient], dueAt: Timestamp?
    ) -> String {
        let commands =
            type == .escalated ? ofPersonCalledIn : commands(about, asked: asked, dueAt: dueAt)
        let isVacant = incident.isOpen && incident.holder(of: .commander) == nil
        return "To answer: " + commands.joined(separator: ", or ")
            + (isVacant ? "\nNo one is commander. To take the role: \(takingCommand)" : "")
    }

    private var ref: String { incident.ref }
    private var takingCommand: String { "drumbeat role \(ref) commander NAME" }

    private func commands(
        _ about: NagSent.About, asked: [NagSent.Recipient], dueAt: Timestamp?
    ) -> [String] {
        switch about {
        case .decision: [nextToResolve, "drumbeat escalate \(ref) NAME --reason \"…\""].compactMap(\.self)
        case .noProgress: ["drumbeat note \(ref) \"what was found or changed\""]
        case .approval: answers(toRequestOf: dueAt)
        case .handover:
            [
                "drumbeat role \(ref) \(asked.first { Role(rawValue: $0.role) != nil }?.role ?? "commander") NAME"
            ]
        case .stale:
            [
                "drumbeat note \(ref) \"how it stands\"", nextToResolve,
                "drumbeat status \(ref) cancelled --reason false_alarm",
            ].compactMap(\.self)
        case .closing: ["drumbeat update \(ref)"]
        default: ["drumbeat update \(ref)"] + (incident.isOpen ? ["drumbeat nothing-new \(ref)"] : [])
        }
    }

    private var ofPersonCalledIn: [String] {
        ["drumbeat note \(ref) \"on my way\""]
            + (incident.holder(of: .commander) == nil ? [] : [takingCommand])
    }

    /// The next step to the all-clear; `nil` while there is none but to wait for the end of the watch.
    private var nextToResolve: String? {
        guard incident.status == .monitoring else { return "drumbeat status \(ref) monitoring" }
        let unmet = ResolveGate.unmet(on: incident, at: now).first { condition in
            if case .watch = condition { false } else { true }
        }
        switch unmet {
        case .restoredWhen: return "drumbeat impact \(ref) --restored-when \"…\""
        case .openMitigation(let seq, _): return "drumbeat outcome \(ref) worked --entry \(seq)"
        case .noCheck, .failedCheck, .lateCheck:
            return "drumbeat check \(ref) \"…\" --passed --evidence \"…\""
        case .watch, nil:
            return incident.watch?.runs(at: now) == true ? nil : "drumbeat status \(ref) resolved"
        }
    }

    /// Yes and no. A yes may have to name the request, or say why it runs beside another mitigation, and may be refused.
    private func answers(toRequestOf dueAt: Timestamp?) -> [String] {
        let waiting = incident.mitigations.requested
        guard let request = waiting.first(where: { $0.approval?.dueAt == dueAt }) ?? waiting.first else {
            return ["drumbeat mitigations \(ref)"]
        }
        let entry = waiting.count > 1 ? " --entry \(request.seq)" : ""
        let no = "drumbeat approve \(ref) no\(entry)"
        guard incident.mayApprove(request) else { return [no] }
        let isBeside = incident.mitigations.current != nil
        return ["drumbeat approve \(ref) yes\(entry)\(isBeside ? " --parallel \"…\"" : "")", no]
    }
}
