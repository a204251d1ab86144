import Time

/// What the operator has set: the numbers that `decide` writes into entries, so that a restart with other
/// settings never rewrites history (domain.md, section 1).
public struct Policy: Sendable, Equatable {
    /// The intervals of one severity.
    public struct Intervals: Sendable, Equatable {
        /// From the start of an episode to its first deadline; whole seconds.
        public var firstUpdate: Duration
        /// From one update to the next deadline; whole seconds.
        public var interval: Duration

        /// Intervals of that first deadline and interval.
        public init(firstUpdate: Duration, interval: Duration) {
            self.firstUpdate = firstUpdate
            self.interval = interval
        }
    }

    /// The intervals of an incident that is `minor`.
    public var minor: Intervals
    /// The intervals of an incident that is `major`.
    public var major: Intervals
    /// The intervals of an incident that is `critical`.
    public var critical: Intervals
    /// When nags 1, 2, 3 … go out after a missed deadline; ascending, whole seconds. Those beyond follow by the interval.
    public var nagSteps: [Duration]
    /// How many nags one deadline may cause.
    public var nagMax: Int
    /// How long before a deadline `update.due_soon` is announced; zero switches it off.
    public var dueSoon: Duration
    /// From the start of an episode, or an escalation, to the moment at which to resolve or escalate; whole seconds.
    public var decisionAfter: Duration
    /// How long there may be no entry but nags; whole seconds.
    public var noProgress: Duration

    /// A policy of those numbers.
    public init(
        minor: Intervals, major: Intervals, critical: Intervals, nagSteps: [Duration], nagMax: Int,
        dueSoon: Duration,
        decisionAfter: Duration, noProgress: Duration
    ) {
        self.minor = minor
        self.major = major
        self.critical = critical
        self.nagSteps = nagSteps
        self.nagMax = nagMax
        self.dueSoon = dueSoon
        self.decisionAfter = decisionAfter
        self.noProgress = noProgress
    }

    /// The defaults of domain.md, section 6.
    public static let standard = Policy(
        minor: .standard, major: .standard, critical: .standard,
        nagSteps: [.zero, .seconds(300), .seconds(600)], nagMax: 12, dueSoon: .seconds(120),
        decisionAfter: .seconds(3_600), noProgress: .seconds(1_800))

    /// The intervals of a severity.
    public func intervals(of severity: Severity) -> Intervals {
        switch severity {
        case .minor: minor
        case .major: major
        case .critical: critical
        }
    }
}

extension Policy.Intervals {
    /// Five minutes to the first update, then fifteen between updates.
    public static let standard = Policy.Intervals(firstUpdate: .seconds(300), interval: .seconds(900))
}
