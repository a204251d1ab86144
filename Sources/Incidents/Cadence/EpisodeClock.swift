import Model
import Time

/// What the start of an episode sets beside the first deadline: when it has gone on for so long that something must be
/// decided, and how long nobody may be silent (domain.md, section 6).
public struct EpisodeClock: Sendable, Equatable {
    /// When the incident must be resolved or escalated; from then on the commander may also slow the beat.
    public var decisionDueAt: Timestamp
    /// How long there may be no entry but nags; whole seconds.
    public var noProgressAfter: Duration

    /// A clock of those moments.
    public init(decisionDueAt: Timestamp, noProgressAfter: Duration) {
        self.decisionDueAt = decisionDueAt
        self.noProgressAfter = noProgressAfter
    }

    /// The clock that policy gives an episode.
    init(startingAt now: Timestamp, under policy: Policy) {
        self.init(decisionDueAt: now + policy.decisionAfter, noProgressAfter: policy.noProgress)
    }
}

extension EpisodeClock {
    /// `nil` in an entry of Drumbeat 0.1.0.
    init?(from facts: ObjectReader) throws(FieldError) {
        guard facts.has("decision_due_at") else { return nil }
        self.init(
            decisionDueAt: try facts.read("decision_due_at"),
            noProgressAfter: try facts.read("no_progress_seconds"))
    }

    func write(to facts: inout ObjectWriter) {
        facts.write("decision_due_at", decisionDueAt)
        facts.write("no_progress_seconds", noProgressAfter)
    }

    /// From when on the cadence may be slowed. An entry of Drumbeat 0.1.0 does not say; an hour is what its rules said.
    static func slowsFrom(_ clock: EpisodeClock?, startedAt: Timestamp) -> Timestamp {
        clock?.decisionDueAt ?? startedAt + .seconds(3_600)
    }
}

/// The decision that is due: to resolve, or to escalate.
///
/// From its moment on the commander is nagged, at once and every interval, until the incident ends or is escalated.
public struct DecisionDeadline: Sendable, Equatable {
    /// When it is due.
    public let dueAt: Timestamp
    /// The number of the next nag for it: 1…
    private(set) var nextNumber = 1
    /// When that one goes out. Later ones count from it, so that another interval changes nothing about those before.
    private(set) var nextMoment: Timestamp

    /// A decision that nobody was asked for yet.
    init(dueAt: Timestamp) {
        self.dueAt = dueAt
        nextMoment = dueAt
    }

    /// The highest number whose moment has come, while nags come every `interval`, `max` at most; `nil` when none has.
    func nagDue(every interval: Duration, atMost max: Int, at now: Timestamp) -> Int? {
        guard now >= nextMoment, nextNumber <= max else { return nil }
        return (nextNumber...max).last { moment(ofNag: $0, every: interval) <= now }
    }

    /// Counts a nag, which came at the beat of `interval`.
    mutating func count(_ number: Int, every interval: Duration) {
        nextMoment = moment(ofNag: number + 1, every: interval)
        nextNumber = number + 1
    }

    /// Goes on with another interval: what is next comes one of those after the last, at once at the soonest.
    mutating func change(from before: Duration, to interval: Duration, atMost max: Int, at now: Timestamp) {
        guard before != interval, nextMoment != dueAt || now >= dueAt else { return }
        if let due = nagDue(every: before, atMost: max, at: now) {
            nextNumber = due
            nextMoment = now
        } else {
            nextMoment = Swift.max(now, nextMoment - before + interval)
        }
    }

    private func moment(ofNag number: Int, every interval: Duration) -> Timestamp {
        nextMoment + interval * Swift.max(0, number - nextNumber)
    }
}

/// Since when nobody but the service has written anything.
public struct Inactivity: Sendable, Equatable {
    /// When the last entry that is no nag was recorded.
    public internal(set) var since: Timestamp
    /// How long it may last; `nil` for an episode that began under Drumbeat 0.1.0.
    public internal(set) var limit: Duration?
    /// The topics whose nags a topic that asks alone held back, until each asks again; they are late only since the last sign of life.
    public internal(set) var heldBack: Set<NagSent.About> = []
    /// The last number of the nags that asked about it, by topic.
    public internal(set) var nags: [NagSent.About: Int] = [:]

    /// When it is asked about.
    public var endsAt: Timestamp? { limit.map { since + $0 } }
}
