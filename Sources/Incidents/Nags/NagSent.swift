import Model
import Time

/// The service sent a nag.
public struct NagSent: EntryPayload, Equatable {
    public static let kind: EntryKind = "nag_sent"
    public static let event = EventType.updateOverdue
    public static let isAutomatic = true
    public static let isCorrectable = false

    /// What a nag asks for. Each topic declares its own; a newer version may have more.
    public struct About: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// `nil` when this version does not know the topic.
        public var topic: (any NagTopic.Type)? { Incident.nagTopics.first { $0.about == self } }
    }

    /// A recipient of a nag, with a role: a `Role`'s raw value, or `declarer`.
    public struct Recipient: Sendable, Equatable {
        public var role: String
        public var person: Person

        public init(role: String, person: Person) {
            self.role = role
            self.person = person
        }
    }

    public var about: About
    /// The missed deadline.
    public var dueAt: Timestamp
    /// Number of the nag for that deadline: 1…
    public var number: Int
    /// Each person once.
    public var to: [Recipient]
    /// Whether the incident is in breach with this nag; only for nags about an update.
    public var breached: Bool

    public init(about: About, dueAt: Timestamp, number: Int, to: [Recipient], breached: Bool) {
        self.about = about
        self.dueAt = dueAt
        self.number = number
        self.to = to
        self.breached = breached
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.inactivity.heldBack.remove(about)
        incident.lastNags[about] = SentNag(seq: place.seq, number: number, to: to)
        let wasBreached = incident.cadence.breached
        let isVisible = about.topic?.count(self, in: &incident) ?? false
        if incident.cadence.breached, !wasBreached { incident.cadence.breachedBy = place.seq }
        return isVisible
    }

    /// A nag that is not counted would be sent again.
    public var isOfNewerVersion: Bool { about.topic == nil }

    public var event: EventType { about.topic?.event ?? .entryAdded }

    public func sideEvents(on incident: Incident, at seq: Int) -> [EventType] {
        incident.cadence.breachedBy == seq ? [.cadenceBreached] : []
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        about.topic?.superseded(by: self, on: before) ?? []
    }
}

/// The last nag on a topic.
public struct SentNag: Sendable, Equatable {
    public let seq: Int
    public let number: Int
    public let to: [NagSent.Recipient]
}

/// The last deadlines that were nagged for, in case a later one is at the same time: a clock that was set back passes it again, and a nag
/// is unique by deadline and number.
struct SpentDeadlines: Sendable, Equatable {
    private static let countMax = 16
    private var nags: [(dueAt: Timestamp, number: Int)] = []

    static func == (left: SpentDeadlines, right: SpentDeadlines) -> Bool {
        left.nags.elementsEqual(right.nags) { $0 == $1 }
    }

    /// The number of the last nag for a deadline; 0 for none.
    func lastNumber(for dueAt: Timestamp) -> Int { nags.last { $0.dueAt == dueAt }?.number ?? 0 }

    mutating func count(_ nag: NagSent) {
        if nags.count == SpentDeadlines.countMax { nags.removeFirst() }
        nags.append((nag.dueAt, nag.number))
    }
}

extension Incident {
    /// The last nag that the events of a type announce; `nil` when there is none.
    public func lastNag(announcedBy type: EventType) -> (about: NagSent.About, nag: SentNag)? {
        for topic in Incident.nagTopics where topic.queued.contains(type) {
            if let nag = lastNags[topic.about] { return (topic.about, nag) }
        }
        return nil
    }

    /// The people whom a nag asks today.
    public func recipientsToday(of about: NagSent.About, _ nag: SentNag) -> [NagSent.Recipient] {
        about.topic?.recipientsToday(of: nag, on: self) ?? holdersToday(of: nag)
    }

    /// Today's holders of the roles that a nag asked.
    func holdersToday(of nag: SentNag) -> [NagSent.Recipient] {
        let today = nag.to.compactMap { asked in Role(rawValue: asked.role).map(recipient) ?? asked }
        return Incident.eachOnce(today.isEmpty ? [commanderOrDeclarer] : today)
    }

    /// Events of nags that asked the former holder of a role.
    static func nagsMisaddressed(
        by role: Role, from before: Incident, to after: Incident
    ) -> [EventType] {
        guard let former = before.holder(of: role), former != after.holder(of: role) else { return [] }
        return nagTopics.filter { topic in
            topic.followsRoles
                && before.lastNags[topic.about]?.to.contains { $0.role == role.rawValue } ?? false
        }
        .flatMap { $0.queued }.filter { $0 != .updateDueSoon }
    }
}

extension NagSent {
    public init(from fields: FieldReader) throws(FieldError) {
        let facts = fields.facts
        about = About(rawValue: try facts.read("about"))
        dueAt = try facts.read("due_at")
        number = try facts.nagNumber()
        to = []
        for recipient in try facts.objects("to") {
            to.append(Recipient(role: try recipient.read("role"), person: try recipient.read("person")))
        }
        breached = try facts.read("breached")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("about", about)
        fields.facts.write("due_at", dueAt)
        fields.facts.write("number", number)
        fields.facts.write("to", objects: to) { object, recipient in
            object.write("role", recipient.role)
            object.write("person", recipient.person)
        }
        fields.facts.write("breached", breached)
    }
}

extension ObjectReader {
    /// Ten times the maximum of the configuration: each look at a decision may count up to it.
    static let nagNumberMax = 1_000

    /// The number of a nag: 1…1,000.
    func nagNumber() throws(FieldError) -> Int {
        let number: Int = try read("number")
        guard 1...ObjectReader.nagNumberMax ~= number else {
            throw .odd("number")
        }
        return number
    }
}

/// Sends the due nags, at most one per topic.
public struct SendNags: Action {
    public static let name = "sendNags"
    public static let priority = WritePriority.critical
    public static let asksToBeHeard = true

    public init() {}

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let nags = incident.topics(at: given.now).compactMap { $0.due(for: incident, at: given.now) }
        return Decision(nags.map { SendNags.entry($0, on: incident, given) })
    }

    private static func entry(
        _ nag: Nag, on incident: Incident, _ given: Circumstances<Incident>
    ) -> NewEntry<Incident> {
        var sent = nag.sent
        let failing = sent.to.filter { given.hearing?.state(of: $0.person) == .failing }.map(\.person.name)
        if !failing.isEmpty,
            let next = incident.next(after: sent.to, reached: { given.hearing?.state(of: $0) == .ok })
        {
            // At once, not with the next nag.
            sent.to.append(next)
        }
        let names = sent.to.map { "\($0.person.name) (\($0.role))" }.joined(separator: ", ")
        return NewEntry(
            sent,
            "\(nag.complaint): nag \(sent.number) to \(names)"
                + SendNags.silence(of: failing) + incident.vacancy, at: given.now,
            dedupKey: .name("nag:\(sent.about.rawValue):\(sent.dueAt.milliseconds):\(sent.number)"))
    }
}

extension SendNags {
    /// The part of a nag's text about people whom no message reaches; empty for none.
    private static func silence(of people: [String]) -> String {
        people.isEmpty
            ? ""
            : ". No message reaches \(people.joined(separator: ", ")): each webhook failed three times; call them"
    }
}

extension Incident {
    /// The end of a nag's text while no one decides; empty otherwise.
    fileprivate var vacancy: String {
        guard isOpen, holder(of: .commander) == nil else { return "" }
        return
            ". No one is commander. To take the role: drumbeat role \(ref) commander NAME, or PUT /v1/incidents/\(ref)/roles/commander "
            + "{\"person\": \"…\"}"
    }
}
