import Model
import Time

/// The settings of the update clock that an entry records: everything about the next deadline that follows from policy.
public struct Beat: Sendable, Equatable {
    /// From an update to the next deadline.
    public var interval: Duration
    public var dueAt: Timestamp
    /// Delays of nags 1, 2, 3 … after the deadline; later nags follow by the interval.
    public var nagSteps: [Duration]
    /// The last nag at the interval; later ones are rarer.
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

    /// Upper bound of nag numbers: after the first day they are a day apart.
    public static let nagsMax = ObjectReader.nagNumberMax

    /// When nag `number` (from 1) is sent, without snoozes.
    ///
    /// The first nags follow `nagSteps` after the deadline, each later one an interval after the one before it. Those above `nagMax` are an
    /// hour apart, and a day from the first day after the deadline on; never less than the interval.
    public func moment(ofNag number: Int) -> Timestamp {
        let rare = number - frequentMax
        guard rare > 0 else { return frequentMoment(ofNag: number) }
        let hourly = min(rare, hourlyCount)
        return frequentMoment(ofNag: frequentMax) + hourlyStep * hourly + dailyStep * (rare - hourly)
    }

    /// The highest number whose nag is due at a moment, without snoozes; 0 for none. Computed, so that a long downtime costs no search.
    func lastNag(by moment: Timestamp) -> Int {
        let late = (moment - dueAt).wholeMilliseconds
        let last = nagSteps.last ?? .zero
        guard late >= last.wholeMilliseconds else {
            return nagSteps.lastIndex { $0.wholeMilliseconds <= late }.map { $0 + 1 } ?? 0
        }
        let rare = (moment - frequentMoment(ofNag: frequentMax)).wholeMilliseconds
        guard rare >= 0 else {
            let more = (late - last.wholeMilliseconds) / max(1, interval.wholeMilliseconds)
            return min(max(1, nagSteps.count) + Int(more), frequentMax)
        }
        let hourly = min(Int(rare / hourlyStep.wholeMilliseconds), hourlyCount)
        let daily = (rare - hourlyStep.wholeMilliseconds * Int64(hourlyCount)) / dailyStep.wholeMilliseconds
        return min(frequentMax + hourly + Int(max(0, daily)), Beat.nagsMax)
    }

    /// From nag `number - 1`, sent at `previous`, to nag `number`, for numbers beyond `nagSteps`.
    func step(toNag number: Int, after previous: Timestamp) -> Duration {
        guard number > frequentMax else { return interval }
        return previous < dueAt + .day ? hourlyStep : dailyStep
    }

    /// The last number at the interval.
    private var frequentMax: Int { max(nagMax, nagSteps.count, 1) }
    private var hourlyStep: Duration { max(interval, .seconds(3_600)) }
    private var dailyStep: Duration { max(interval, .day) }

    /// Number of nags an hour apart: until one is a day late.
    private var hourlyCount: Int {
        let left = (dueAt + .day - frequentMoment(ofNag: frequentMax)).wholeMilliseconds
        let step = hourlyStep.wholeMilliseconds
        return left <= 0 ? 0 : Int((left + step - 1) / step)
    }

    private func frequentMoment(ofNag number: Int) -> Timestamp {
        guard let last = nagSteps.last else { return dueAt + interval * max(0, number - 1) }
        if number >= 1, number <= nagSteps.count {
            return dueAt + nagSteps[number - 1]
        }
        return dueAt + last + interval * max(0, number - nagSteps.count)
    }
}

extension Duration {
    static let day: Duration = .seconds(86_400)
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
