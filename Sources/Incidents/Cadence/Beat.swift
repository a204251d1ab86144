import Model
import Time

/// What an entry sets the clock of updates to: everything about the next deadline that follows from policy.
public struct Beat: Sendable, Equatable {
    /// From an update to the next deadline.
    public var interval: Duration
    /// The deadline.
    public var dueAt: Timestamp
    /// When nags 1, 2, 3 … go out after the deadline; later ones follow by the interval.
    public var nagSteps: [Duration]
    /// How many nags the deadline may cause.
    public var nagMax: Int
    /// When the deadline is announced as near; `nil` when it is set too late for that, or never.
    public var dueSoonAt: Timestamp?

    /// A deadline and what follows when it is missed.
    public init(
        interval: Duration, dueAt: Timestamp, nagSteps: [Duration], nagMax: Int, dueSoonAt: Timestamp?
    ) {
        self.interval = interval
        self.dueAt = dueAt
        self.nagSteps = nagSteps
        self.nagMax = nagMax
        self.dueSoonAt = dueSoonAt
    }

    /// The beat that policy gives a deadline set at `now`.
    ///
    /// `update.due_soon` is left out when the deadline was set less than its lead ahead (domain.md, section 6).
    init(due dueAt: Timestamp, interval: Duration, under policy: Policy, setAt now: Timestamp) {
        let soon = dueAt - policy.dueSoon
        self.init(
            interval: interval, dueAt: dueAt, nagSteps: policy.nagSteps, nagMax: policy.nagMax,
            dueSoonAt: policy.dueSoon > .zero && soon >= now ? soon : nil)
    }

    /// The beat of an episode that begins at `now`.
    init(firstOf severity: Severity, under policy: Policy, at now: Timestamp) {
        let intervals = policy.intervals(of: severity)
        self.init(due: now + intervals.firstUpdate, interval: intervals.interval, under: policy, setAt: now)
    }

    /// When nag `number` (from 1) would go out if nobody snoozed.
    ///
    /// The first ones follow the steps after the deadline, each later one comes an interval after the one before it.
    public func moment(ofNag number: Int) -> Timestamp {
        guard let last = nagSteps.last else { return dueAt + interval * max(0, number - 1) }
        if number >= 1, number <= nagSteps.count {
            return dueAt + nagSteps[number - 1]
        }
        return dueAt + last + interval * max(0, number - nagSteps.count)
    }
}

extension Beat {
    init(from facts: ObjectReader) throws(FieldError) {
        interval = try facts.read("interval_seconds")
        dueAt = try facts.read("due_at")
        nagSteps = try facts.read("nag_steps_seconds")
        nagMax = try facts.read("nag_max")
        dueSoonAt = try facts.read("due_soon_at")
        guard nagMax <= ObjectReader.nagNumberMax else {
            throw .odd("nag_max")
        }
    }

    func write(to facts: inout ObjectWriter) {
        facts.write("interval_seconds", interval)
        facts.write("due_at", dueAt)
        facts.write("nag_steps_seconds", nagSteps)
        facts.write("nag_max", nagMax)
        facts.write("due_soon_at", dueSoonAt)
    }
}
