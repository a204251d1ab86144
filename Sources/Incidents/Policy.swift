import Time

/// What the operator has set: the numbers that `decide` writes into entries, so that a restart with other
/// settings never rewrites history (domain.md, section 1).
public struct Policy: Sendable, Equatable {
    /// The beat of one severity.
    public struct Beat: Sendable, Equatable {
        /// From the start of an episode to its first deadline; whole seconds.
        public var firstUpdate: Duration
        /// From one update to the next deadline; whole seconds.
        public var interval: Duration

        /// A beat of that first deadline and interval.
        public init(firstUpdate: Duration, interval: Duration) {
            self.firstUpdate = firstUpdate
            self.interval = interval
        }
    }

    /// The beat of an incident that is `minor`.
    public var minor: Beat
    /// The beat of an incident that is `major`.
    public var major: Beat
    /// The beat of an incident that is `critical`.
    public var critical: Beat
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
        minor: Beat, major: Beat, critical: Beat, nagSteps: [Duration], nagMax: Int, dueSoon: Duration,
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

    /// The beat of a severity.
    public func beat(of severity: Severity) -> Beat {
        switch severity {
        case .minor: minor
        case .major: major
        case .critical: critical
        }
    }
}

extension Policy.Beat {
    /// Five minutes to the first update, then fifteen between updates.
    public static let standard = Policy.Beat(firstUpdate: .seconds(300), interval: .seconds(900))
}
