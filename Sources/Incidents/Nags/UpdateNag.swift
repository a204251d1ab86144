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
        guard cadence.lastNagNumber < Beat.nagsMax else { return nil }
        return cadence.moment(ofNag: cadence.lastNagNumber + 1)
    }

    /// The line as it is now.
    public static func recipientsToday(of nag: SentNag, on incident: Incident) -> [NagSent.Recipient] {
        incident.recipients(ofNag: nag.number)
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        guard let number = incident.cadence.nagDue(at: now) else { return nil }
        let dueAt = incident.cadence.beat.dueAt
        return nag(
            due: dueAt, number, to: incident.recipients(ofNag: number), breached: number >= breachedFrom,
            "Status update " + lateness(now - dueAt))
    }

    /// Whether the nag that is due asks everyone.
    static func breaches(_ incident: Incident, at now: Timestamp) -> Bool {
        incident.cadence.nagDue(at: now) ?? 0 >= breachedFrom
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.cadence.count(nag)
        return true
    }
}

extension Incident {
    /// The recipients of nag `number` for an update: more with each nag (domain.md, section 6).
    ///
    /// Nag 1 asks the first of the line, nag 2 the first two, later ones everyone in a role; the declarer too if those are no more than
    /// nag 2 asked.
    public func recipients(ofNag number: Int) -> [NagSent.Recipient] {
        let line = nagLine
        guard number > 2 else { return Array(line.prefix(max(1, number))) }
        let inRoles = Incident.eachOnce(nagRoles)
        return inRoles.count > 2 ? inRoles : line
    }

    /// Everyone whom a nag may ask.
    var peopleAsked: [Person] { nagLine.map(\.person) }

    /// The first whom a nag does not ask yet, and who can be reached; `nil` for no one.
    func next(after asked: [NagSent.Recipient], reached: (Person) -> Bool) -> NagSent.Recipient? {
        let asked = Set(asked.map(\.person))
        return nagLine.first { !asked.contains($0.person) && reached($0.person) }
    }

    /// Everyone whom a nag may ask, each under the first role they hold; the declarer last.
    private var nagLine: [NagSent.Recipient] { Incident.eachOnce(nagRoles + [declarer]) }

    /// The holders of roles; the declarer in the place of a vacant commander.
    private var nagRoles: [NagSent.Recipient] {
        [recipient(.communicator), commanderOrDeclarer].compactMap(\.self)
            + [Role.technicalLead, .scribe, .rollbackApprover, .rollbackBackup].compactMap(recipient)
    }
}
