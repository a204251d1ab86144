import Model
import Time

/// One thing that the service asks for while it is missing (domain.md, section 6): one enum a topic, in a file of its own.
///
/// `Incident.nagTopics` is the one list.
public protocol NagTopic: Sendable {
    static var about: NagSent.About { get }
    /// The event that a nag about it is.
    static var event: EventType { get }
    /// Event types of which what is queued is worthless once it is asked for again, or no longer missing.
    static var queued: [EventType] { get }
    /// When its next nag goes out, unless someone does what it asks for; `nil` when none is to come. Not asked of ended incidents.
    static func nextMoment(for incident: Incident) -> Timestamp?
    /// The nag that is due, if one is. The topic decides by itself: an update that came first leaves nothing to send.
    static func due(for incident: Incident, at now: Timestamp) -> Nag?
    /// Whether it asks alone at a moment: no other topic has a nag then.
    static func asksAlone(on incident: Incident, at now: Timestamp) -> Bool
    /// Counts a nag that was sent, and says whether a reader of the incident sees it.
    static func count(_ nag: NagSent, in incident: inout Incident) -> Bool
}

extension NagTopic {
    public static var queued: [EventType] { [event] }
    public static func asksAlone(on incident: Incident, at now: Timestamp) -> Bool { false }

    /// The topic's nag.
    static func nag(
        due dueAt: Timestamp, _ number: Int, to recipients: [NagSent.Recipient], breached: Bool = false,
        _ complaint: String
    ) -> Nag {
        Nag(
            sent: NagSent(
                about: about, dueAt: dueAt, number: number, to: Incident.eachOnce(recipients),
                breached: breached),
            complaint: complaint)
    }
}

/// A nag that is due.
public struct Nag: Sendable, Equatable {
    public var sent: NagSent
    /// What is missing, as the entry's text begins.
    public var complaint: String
}

extension Incident {
    /// The topics that may ask at a moment.
    func topics(at now: Timestamp) -> [any NagTopic.Type] {
        Incident.nagTopics.first { $0.asksAlone(on: self, at: now) }.map { [$0] } ?? Incident.nagTopics
    }

    /// The next moment at which the service must nag about something, whatever it is; `nil` when nothing is to come.
    public var nextNagAt: Timestamp? {
        guard isOpen else { return nil }
        return topics(at: recordedAt).lazy.compactMap { nextMoment(of: $0) }.min()
    }

    /// When the next nag about something goes out, unless someone does what it would ask for.
    public func nextNagAt(about: NagSent.About) -> Timestamp? {
        guard isOpen else { return nil }
        return topics(at: recordedAt).first { $0.about == about }.flatMap { nextMoment(of: $0) }
    }

    /// What was held back while another topic asked alone is due from the sign of life that ended that.
    private func nextMoment(of topic: any NagTopic.Type) -> Timestamp? {
        guard let moment = topic.nextMoment(for: self) else { return nil }
        return inactivity.heldBack.contains(topic.about) ? max(moment, inactivity.since) : moment
    }

    /// A role's holder as a nag names them.
    func recipient(_ role: Role) -> NagSent.Recipient? {
        holder(of: role).map { NagSent.Recipient(role: role.rawValue, person: $0) }
    }

    /// Each person once, in the first role they are named in.
    static func eachOnce(_ recipients: [NagSent.Recipient]) -> [NagSent.Recipient] {
        var named: Set<Person> = []
        return recipients.filter { named.insert($0.person).inserted }
    }

    /// The commander or, while there is none, the declarer.
    var commanderOrDeclarer: NagSent.Recipient { recipient(.commander) ?? declarer }

    var declarer: NagSent.Recipient { NagSent.Recipient(role: "declarer", person: declaredBy) }
}
