import Model
import Time

extension NagSent.About {
    /// The final public update of an ended incident.
    public static let closing = NagSent.About(rawValue: "closing")
}

/// Asks for the final public update: who was told of an incident is told that it is over (domain.md, section 6).
public enum ClosingNag: NagTopic {
    public static let about = NagSent.About.closing
    public static let event = EventType(
        "update.closing_due", .nag, "An incident ended, and the public was not told")
    public static let asksEnded = true

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        guard let closing = incident.closing, closing.nagsSent < ClosingDeadline.nagsMax else { return nil }
        return closing.moment(ofNag: closing.nagsSent + 1)
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        guard let closing = incident.closing, closing.nagsSent < ClosingDeadline.nagsMax,
            let number = (closing.nagsSent + 1...ClosingDeadline.nagsMax)
                .last(where: { closing.moment(ofNag: $0) <= now })
        else { return nil }
        let communicator = incident.recipient(.communicator)
        let line = [communicator ?? incident.commanderOrDeclarer, incident.commanderOrDeclarer]
        return nag(
            due: closing.dueAt, number, to: number == 1 ? Array(line.prefix(1)) : line,
            "The incident is \(incident.status.rawValue), and the public was not told")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.closing?.nagsSent = nag.number
        return false
    }
}

/// When the final public update is due.
public struct ClosingDeadline: Sendable, Equatable {
    static let nagsMax = 3

    public private(set) var dueAt: Timestamp
    /// From each nag to the next.
    public let interval: Duration
    /// The number of the last nag.
    public internal(set) var nagsSent = 0

    init(dueAt: Timestamp, interval: Duration) {
        self.dueAt = dueAt
        self.interval = interval
    }

    /// `nil` when no public update went out in this episode.
    init?(endOf incident: Incident, _ given: Circumstances<Incident>) {
        guard incident.publicUpdates.wasTold else { return nil }
        self.init(
            dueAt: given.now + given.policy.intervals(of: incident.severity).firstUpdate,
            interval: incident.cadence.interval)
    }

    func moment(ofNag number: Int) -> Timestamp { dueAt + interval * (number - 1) }

    /// Moves it by a step of the clock.
    mutating func move(by step: ClockStep) { dueAt = step.moved(dueAt) }
}

extension ClosingDeadline {
    /// `nil` in an entry without one.
    init?(from facts: ObjectReader) throws(FieldError) {
        guard facts.has("closing_due_at") else { return nil }
        self.init(
            dueAt: try facts.read("closing_due_at"), interval: try facts.read("closing_interval_seconds"))
    }

    func write(to facts: inout ObjectWriter) {
        facts.write("closing_due_at", dueAt)
        facts.write("closing_interval_seconds", interval)
    }
}
