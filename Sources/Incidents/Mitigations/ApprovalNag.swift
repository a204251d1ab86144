import Model
import Time

extension NagSent.About {
    /// A yes or no to a rollback.
    public static let approval = NagSent.About(rawValue: "approval")
}

/// Asks for an answer to a requested rollback: at once the first of the line, then every five minutes the next one as well (domain.md,
/// section 9).
///
/// Each request is asked about by itself. Its deadline is when it was requested; the number is the place in the line.
public enum ApprovalNag: NagTopic {
    public static let about = NagSent.About.approval
    public static let event = EventType("approval.due", .nag, "A rollback waits for a yes or a no")

    /// A yes asks for no words.
    public static let draftAudience: Audience? = nil

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        incident.mitigations.requested.compactMap { nextMoment(for: $0, on: incident) }.min()
    }

    static func nextMoment(for mitigation: Mitigation, on incident: Incident) -> Timestamp? {
        guard let approval = mitigation.approval, approval.nagged <= incident.approvalLine.count else {
            return nil
        }
        return approval.moment(ofPlace: approval.nagged + 1)
    }

    /// That of the next nag about the same request.
    public static func nextMoment(after nag: NagSent, on incident: Incident) -> Timestamp? {
        incident.mitigations.requested.first { $0.approval?.dueAt == nag.dueAt }.flatMap {
            nextMoment(for: $0, on: incident)
        }
    }

    /// Several requests are asked about by nags of their own, and none replaces those about another.
    public static func superseded(by nag: NagSent, on before: Incident) -> [EventType] {
        before.mitigations.requested.count > 1 ? [] : queued
    }

    public static func recipientsToday(of nag: SentNag, on incident: Incident) -> [NagSent.Recipient] {
        incident.peopleAsked(forApproval: nag.number)
    }

    /// Of several requests, the one that has waited longest for its nag; the others follow at the next looks.
    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        let waiting = incident.mitigations.requested.compactMap { mitigation in
            nextMoment(for: mitigation, on: incident).map { (mitigation: mitigation, moment: $0) }
        }.filter { $0.moment <= now }
        guard let mitigation = waiting.min(by: { $0.moment < $1.moment })?.mitigation,
            let approval = mitigation.approval
        else { return nil }
        let places = approval.nagged + 1...incident.approvalLine.count + 1
        guard let place = places.last(where: { approval.moment(ofPlace: $0) <= now }) else { return nil }
        return nag(
            due: approval.dueAt, place, to: incident.peopleAsked(forApproval: place),
            "The rollback of entry \(mitigation.seq) waits for a yes or a no, \(lateness(now - approval.dueAt))"
        )
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.mitigations.count(nag)
        return false
    }
}

extension Incident {
    /// Those who may answer a request from place `number` of the line on: the first of the line; at its end everyone a nag may ask.
    func peopleAsked(forApproval number: Int) -> [NagSent.Recipient] {
        let line = approvalLine
        guard number > line.count else { return Array(line.prefix(max(1, number))) }
        return Incident.eachOnce(line + recipients(ofNag: UpdateNag.breachedFrom))
    }
}
