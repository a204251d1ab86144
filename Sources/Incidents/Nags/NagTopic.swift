import Model
import Time

/// One thing that the service asks for while it is missing (domain.md, section 6): one enum per topic, in a file of its own.
///
/// `Incident.nagTopics` lists them all.
public protocol NagTopic: Sendable {
    static var about: NagSent.About { get }
    /// The event type of the topic's nags.
    static var event: EventType { get }
    /// Event types whose queued deliveries are superseded by the next nag, or once the missing thing is there.
    static var queued: [EventType] { get }
    /// Whether it asks about ended incidents; every other topic asks about open ones only.
    static var asksEnded: Bool { get }
    /// When the next nag is sent, unless someone acts; `nil` when none is left.
    static func nextMoment(for incident: Incident) -> Timestamp?
    /// The nag that is due, if any. Evaluated again in the transaction, so that an update that came first leaves nothing to send.
    static func due(for incident: Incident, at now: Timestamp) -> Nag?
    /// Whether the topic is exclusive at a moment: no other topic sends a nag then.
    static func asksAlone(on incident: Incident, at now: Timestamp) -> Bool
    /// When the nag after a sent one goes out, unless someone acts; `nil` when none is left.
    static func nextMoment(after nag: NagSent, on incident: Incident) -> Timestamp?
    /// The event types whose queued deliveries a nag supersedes, given the incident before it.
    static func superseded(by nag: NagSent, on before: Incident) -> [EventType]
    /// Whom a sent nag would ask today.
    static func recipientsToday(of nag: SentNag, on incident: Incident) -> [NagSent.Recipient]
    /// Whether queued nags go to the new holder of a role that they asked.
    static var followsRoles: Bool { get }
    /// Whom the draft that its nags carry is for; `nil` for no draft.
    static var draftAudience: Audience? { get }
    /// Counts a sent nag. Returns whether a reader of the incident sees it.
    static func count(_ nag: NagSent, in incident: inout Incident) -> Bool
}

extension NagTopic {
    public static var queued: [EventType] { [event] }
    public static var asksEnded: Bool { false }
    public static func asksAlone(on incident: Incident, at now: Timestamp) -> Bool { false }
    public static func nextMoment(after nag: NagSent, on incident: Incident) -> Timestamp? {
        incident.nextNagAt(about: about)
    }
    public static func superseded(by nag: NagSent, on before: Incident) -> [EventType] { queued }
    public static func recipientsToday(of nag: SentNag, on incident: Incident) -> [NagSent.Recipient] {
        incident.holdersToday(of: nag)
    }
    public static var followsRoles: Bool { true }
    public static var draftAudience: Audience? { .public }

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

/// `due now`, or `overdue by 7 min`.
public func lateness(_ late: Duration) -> String {
    let minutes = late.wholeSeconds / 60
    return minutes < 1 ? "due now" : "overdue by \(minutes) min"
}

/// A nag that is due.
public struct Nag: Sendable, Equatable {
    public var sent: NagSent
    /// What is missing: the start of the entry's text.
    public var complaint: String
}

extension Incident {
    /// The topics that may send nags at a moment.
    func topics(at now: Timestamp) -> [any NagTopic.Type] {
        let topics = isOpen ? Incident.openTopics : Incident.endedTopics
        return topics.first { $0.asksAlone(on: self, at: now) }.map { [$0] } ?? topics
    }

    /// When the next nag about any topic is due; `nil` when none is.
    public var nextNagAt: Timestamp? {
        topics(at: recordedAt).lazy.compactMap { nextMoment(of: $0) }.min()
    }

    /// When the next nag about a topic is due, unless someone acts.
    public func nextNagAt(about: NagSent.About) -> Timestamp? {
        topics(at: recordedAt).first { $0.about == about }.flatMap { nextMoment(of: $0) }
    }

    /// A nag held back by an exclusive topic is due from the activity that ended the hold.
    private func nextMoment(of topic: any NagTopic.Type) -> Timestamp? {
        guard let moment = topic.nextMoment(for: self) else { return nil }
        return inactivity.heldBack.contains(topic.about) ? max(moment, inactivity.since) : moment
    }

    /// A role's holder as a recipient.
    func recipient(_ role: Role) -> NagSent.Recipient? {
        holder(of: role).map { NagSent.Recipient(role: role.rawValue, person: $0) }
    }

    /// Removes duplicate persons; the first role stays.
    static func eachOnce(_ recipients: [NagSent.Recipient]) -> [NagSent.Recipient] {
        var named: Set<Person> = []
        return recipients.filter { named.insert($0.person).inserted }
    }

    /// The commander; the declarer while there is none.
    var commanderOrDeclarer: NagSent.Recipient { recipient(.commander) ?? declarer }

    var declarer: NagSent.Recipient { NagSent.Recipient(role: "declarer", person: declaredBy) }
}
