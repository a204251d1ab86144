import Model
import Time

extension NagSent.About {
    /// A status update past its deadline.
    public static let update = NagSent.About(rawValue: "update")
}

extension EventType {
    public static let updateOverdue = EventType(
        "update.overdue", .nag, "A nag: a status update is overdue")
    public static let updateDueSoon = EventType("update.due_soon", .nag, "A status update will be due soon")
    public static let cadenceBreached = EventType(
        "cadence.breached", .nag, "The cadence is breached: no status update after nag 3")
}

/// Asks for a status update after its deadline.
public enum UpdateNag: NagTopic {
    public static let about = NagSent.About.update
    public static let event = EventType.updateOverdue
    public static let queued: [EventType] = [.updateDueSoon, .updateOverdue, .cadenceBreached]

    /// From this nag on everyone is asked, and the incident is in breach.
    static let breachedFrom = 3

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        let cadence = incident.cadence
        guard cadence.lastNagNumber < cadence.beat.nagMax else { return nil }
        return cadence.moment(ofNag: cadence.lastNagNumber + 1)
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        guard let number = incident.cadence.nagDue(at: now) else { return nil }
        let dueAt = incident.cadence.beat.dueAt
        return nag(
            due: dueAt, number, to: incident.recipients(ofNag: number), breached: number >= breachedFrom,
            "Status update overdue by \((now - dueAt).wholeSeconds / 60) min")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.cadence.count(nag)
        return true
    }
}

extension Incident {
    /// The recipients of nag `number` for an update (domain.md, section 6): more with each nag.
    ///
    /// The communicator, from nag 2 on the commander too, from nag 3 on everyone in a role. A vacant communicator falls to the commander,
    /// a vacant commander to the declarer.
    public func recipients(ofNag number: Int) -> [NagSent.Recipient] {
        var wanted = [recipient(.communicator) ?? commanderOrDeclarer]
        if number >= 2 { wanted.append(commanderOrDeclarer) }
        if number >= 3 { wanted += Role.allCases.compactMap(recipient) }
        return Incident.eachOnce(wanted)
    }
}
