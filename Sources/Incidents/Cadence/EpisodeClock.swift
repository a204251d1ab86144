import Model
import Time

/// Limits set at the start of an episode besides the first deadline: when a decision is due, and how long nothing may move forward
/// (domain.md, section 6).
public struct EpisodeClock: Sendable, Equatable {
    /// When the incident must be resolved or escalated; from then on the commander may also slow the cadence.
    public var decisionDueAt: Timestamp
    /// Longest time without progress; whole seconds.
    public var noProgressAfter: Duration
    /// How long those who hold a role at the start hold it before they are asked to hand it over; `nil` for as long as they like.
    public var shift: Duration?

    public init(decisionDueAt: Timestamp, noProgressAfter: Duration, shift: Duration?) {
        self.decisionDueAt = decisionDueAt
        self.noProgressAfter = noProgressAfter
        self.shift = shift
    }

    /// The clock of an episode under a policy.
    init(startingAt now: Timestamp, under policy: Policy) {
        self.init(
            decisionDueAt: now + policy.decisionAfter, noProgressAfter: policy.noProgress,
            shift: policy.shiftToWrite)
    }
}

extension EpisodeClock {
    /// `nil` in an entry of Drumbeat 0.1.0.
    init?(from facts: ObjectReader) throws(FieldError) {
        guard facts.has("decision_due_at") else { return nil }
        self.init(
            decisionDueAt: try facts.read("decision_due_at"),
            noProgressAfter: try facts.read("no_progress_seconds"),
            shift: facts.has("shift_seconds") ? try facts.read("shift_seconds") : nil)
    }

    func write(to facts: inout ObjectWriter) {
        facts.write("decision_due_at", decisionDueAt)
        facts.write("no_progress_seconds", noProgressAfter)
        facts.write("shift_seconds", shift)
    }

    /// From when on the cadence may be slowed. Entries of Drumbeat 0.1.0 lack it; the rule was one hour.
    static func slowsFrom(_ clock: EpisodeClock?, startedAt: Timestamp) -> Timestamp {
        clock?.decisionDueAt ?? startedAt + .seconds(3_600)
    }
}

/// The due decision: resolve or escalate.
///
/// Once it is due, the commander is nagged, at once and every interval, until the incident ends or is escalated.
public struct DecisionDeadline: Sendable, Equatable {
    public private(set) var dueAt: Timestamp
    /// The number of the next nag: 1…
    private(set) var nextNumber = 1
    /// When that nag is sent, unless a watch runs then. Later ones count from it, so that a changed interval does not affect earlier ones.
    private var nextMoment: Timestamp

    /// A decision without nags so far.
    init(dueAt: Timestamp) {
        self.dueAt = dueAt
        nextMoment = dueAt
    }

    /// When the next nag is sent: one that would come while a watch runs, at its end.
    func nextMoment(during watch: Watch?) -> Timestamp {
        watch.map { max(nextMoment, $0.until) } ?? nextMoment
    }

    /// The highest number that is due, with nags every `interval`, at most `max`; `nil` when none is.
    func nagDue(
        every interval: Duration, atMost max: Int, at now: Timestamp, during watch: Watch?
    ) -> Int? {
        guard now >= nextMoment(during: watch), nextNumber <= max else { return nil }
        return (nextNumber...max).last { moment(ofNag: $0, every: interval, during: watch) <= now }
    }

    /// Counts a nag that was sent under `interval`.
    mutating func count(_ number: Int, every interval: Duration, during watch: Watch?) {
        nextMoment = moment(ofNag: number + 1, every: interval, during: watch)
        nextNumber = number + 1
    }

    /// Continues with another interval: the next nag comes one new interval after the last, now at the earliest.
    mutating func change(
        from before: Duration, to interval: Duration, atMost max: Int, at now: Timestamp, during watch: Watch?
    ) {
        guard before != interval else { return }
        if let due = nagDue(every: before, atMost: max, at: now, during: watch) {
            nextNumber = due
            nextMoment = now
        } else if nextMoment != dueAt {
            nextMoment = Swift.max(now, nextMoment - before + interval)
        }
    }

    /// The watch ends: a nag that it held back gets its own moment again, now at the earliest.
    mutating func release(from watch: Watch, at now: Timestamp) {
        guard nextMoment < watch.until else { return }
        nextMoment = max(nextMoment, min(now, watch.until))
    }

    /// Moves it by a step of the clock.
    mutating func move(by step: ClockStep) {
        dueAt = step.moved(dueAt)
        nextMoment = step.moved(nextMoment)
    }

    private func moment(ofNag number: Int, every interval: Duration, during watch: Watch?) -> Timestamp {
        nextMoment(during: watch) + interval * Swift.max(0, number - nextNumber)
    }
}

/// How long no one wrote anything, and how long nothing moved forward.
public struct Inactivity: Sendable, Equatable {
    /// When the last entry other than the service's own was recorded.
    public private(set) var since: Timestamp
    /// When the last progress was recorded: something was found, changed, tried or decided.
    public internal(set) var progressAt: Timestamp
    /// Longest time without progress; `nil` for an episode that began under Drumbeat 0.1.0.
    public let limit: Duration?
    /// Topics whose nags were held back by an exclusive topic, until each asks again. Their lateness counts from the last activity.
    public internal(set) var heldBack: Set<NagSent.About> = []
    /// The last number of the nags about a stale incident; 0 when someone wrote since.
    public internal(set) var staleNags = 0
    /// The deadline of the last nag for progress.
    private(set) var naggedFor: Timestamp?
    private var spent = SpentDeadlines()

    init(since moment: Timestamp, limit: Duration?) {
        since = moment
        progressAt = moment
        self.limit = limit
    }

    /// When the lack of progress is nagged about.
    public var endsAt: Timestamp? { limit.map { progressAt + $0 } }

    /// Whether the lack of progress was nagged about.
    public var isNagged: Bool { naggedFor != nil && naggedFor == endsAt }

    /// The number of the next nag for a deadline.
    func number(for dueAt: Timestamp) -> Int {
        spent.lastNumber(for: dueAt) + 1
    }

    /// Counts a nag for progress.
    mutating func count(_ nag: NagSent) {
        naggedFor = nag.dueAt
        spent.count(nag)
    }

    /// Someone wrote.
    mutating func end(at moment: Timestamp) {
        since = moment
        staleNags = 0
    }

    /// Moves it by a step of the clock. An incident that is stale begins a new silence: the service cannot tell how much of the silence was
    /// the step, and a stale incident is nagged about once a day only.
    mutating func move(by step: ClockStep) {
        let isNagged = isNagged
        since = step.moved(startOf: StaleNag.step, since)
        progressAt = step.moved(startOf: limit ?? .zero, progressAt)
        naggedFor = isNagged ? endsAt : nil
        if staleNags > 0 || since + StaleNag.step <= step.to { end(at: step.to) }
    }
}
