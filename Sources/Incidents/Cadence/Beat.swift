import Model
import Time

/// The settings of the update clock that an entry records: everything about the next deadline that follows from policy.
public struct Beat: Sendable, Equatable {
    /// From an update to the next deadline.
    public var interval: Duration
    public var dueAt: Timestamp
    /// Delays of nags 1, 2, 3 … after the deadline; later nags follow by the interval.
    public var nagSteps: [Duration]
    /// Upper bound of nags per deadline.
    public var nagMax: Int
    /// When `update.due_soon` is announced; `nil` when the deadline is too near for that, or the announcement is disabled.
    public var dueSoonAt: Timestamp?

    public init(
        interval: Duration, dueAt: Timestamp, nagSteps: [Duration], nagMax: Int, dueSoonAt: Timestamp?
    ) {
        self.interval = interval
        self.dueAt = dueAt
        self.nagSteps = nagSteps
        self.nagMax = nagMax
        self.dueSoonAt = dueSoonAt
    }

    /// Applies the policy to a deadline set at `now`.
    ///
    /// `update.due_soon` is omitted when the deadline is nearer than its lead time (domain.md, section 6).
    init(due dueAt: Timestamp, interval: Duration, under policy: Policy, setAt now: Timestamp) {
        let soon = dueAt - policy.dueSoon
        self.init(
            interval: interval, dueAt: dueAt, nagSteps: policy.nagSteps, nagMax: policy.nagMax,
            dueSoonAt: policy.dueSoon > .zero && soon >= now ? soon : nil)
    }

    /// The first beat of an episode that starts at `now`.
    init(firstOf severity: Severity, under policy: Policy, at now: Timestamp) {
        let intervals = policy.intervals(of: severity)
        self.init(due: now + intervals.firstUpdate, interval: intervals.interval, under: policy, setAt: now)
    }

    /// When nag `number` (from 1) is sent, without snoozes.
    ///
    /// The first nags follow `nagSteps` after the deadline, each later one an interval after the one before it.
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
