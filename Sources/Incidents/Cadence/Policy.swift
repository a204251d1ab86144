import Time

/// The operator's settings. `decide` writes them into entries, so that a restart with other settings never rewrites history (domain.md,
/// section 1).
public struct Policy: Sendable, Equatable {
    /// The intervals of one severity.
    public struct Intervals: Sendable, Equatable {
        /// From the start of an episode to its first deadline; whole seconds.
        public var firstUpdate: Duration
        /// From an update to the next deadline; whole seconds.
        public var interval: Duration

        public init(firstUpdate: Duration, interval: Duration) {
            self.firstUpdate = firstUpdate
            self.interval = interval
        }
    }

    public var minor: Intervals
    public var major: Intervals
    public var critical: Intervals
    /// Delays of nags 1, 2, 3 … after a missed deadline; ascending, whole seconds. Later nags follow by the interval.
    public var nagSteps: [Duration]
    /// The last nag for a deadline at the interval, and the last one for a decision.
    public var nagMax: Int
    /// Lead time of `update.due_soon` before a deadline; zero disables it.
    public var dueSoon: Duration
    /// From the start of an episode, or an escalation, to the decision to resolve or escalate; whole seconds.
    public var decisionAfter: Duration
    /// Longest time without progress; whole seconds.
    public var noProgress: Duration
    public var watch = Watches.standard
    /// The lowest severity that freezes deploys; `nil` for none.
    public var freezeFrom: Severity? = .major
    /// How long commander and communicator hold their role before they are asked to hand it over; whole seconds, zero for as long as they
    /// like.
    public var shift: Duration
    /// What is looked for in updates.
    public var lint = UpdateLint.off

    public init(
        minor: Intervals, major: Intervals, critical: Intervals, nagSteps: [Duration], nagMax: Int,
        dueSoon: Duration,
        decisionAfter: Duration, noProgress: Duration, shift: Duration
    ) {
        self.minor = minor
        self.major = major
        self.critical = critical
        self.nagSteps = nagSteps
        self.nagMax = nagMax
        self.dueSoon = dueSoon
        self.decisionAfter = decisionAfter
        self.noProgress = noProgress
        self.shift = shift
    }

    /// The defaults of domain.md, section 6.
    public static let standard = Policy(
        minor: .standard, major: .standard, critical: .standard,
        nagSteps: [.zero, .seconds(300), .seconds(600)], nagMax: 12, dueSoon: .seconds(120),
        decisionAfter: .seconds(3_600), noProgress: .seconds(1_800), shift: .seconds(4 * 3_600))

    /// The shift as entries have it: `nil` for none.
    var shiftToWrite: Duration? { shift > .zero ? shift : nil }

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
