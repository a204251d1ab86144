/// How fast the lane works, and so how long a request would wait: what tells who can still be served in time from who cannot.
///
/// Turns are counted, not requests: on a slow disk the sync takes nearly all of a turn, however many requests share it. Source:
/// docs/decisions/0010.
struct QueueDelayEstimator {
    /// Upper bound of `Retry-After`.
    static let retryAfterMax = Duration.seconds(30)

    private let batchMax: Int
    private let queueDelayMax: Duration
    /// How long a turn takes: a slower one counts at once, for those who wait will feel it, and a quicker one half, so that a hiccup is
    /// soon forgotten. Zero until there was one.
    private var usual = Duration.zero

    /// An estimator without measurements. A turn takes up to `batchMax` requests; an ordinary request that would wait for longer than
    /// `queueDelayMax` is refused.
    init(batchMax: Int, queueDelayMax: Duration) {
        self.batchMax = batchMax
        self.queueDelayMax = queueDelayMax
    }

    /// A turn is over that took so long.
    mutating func observe(_ turn: Duration) {
        usual = max(turn, (usual + turn) / 2)
    }

    /// How long a request will wait for its answer behind `ahead` others that no turn has taken yet, while the turn under way has taken
    /// `working` so far (`nil`: none is under way).
    ///
    /// A turn that takes longer than usual is the best sign of how long the next will.
    func wait(behind ahead: Int, working: Duration?) -> Duration {
        let turn = max(usual, working ?? .zero)
        let remaining = working.map { turn - $0 } ?? .zero
        return remaining + turn * (ahead / batchMax + 1)
    }

    /// Whether a request with so many ahead of it is answered in time.
    ///
    /// What fits into a turn that is about to begin always is: it would not fare better later, and the pace is learned anew.
    func isInTime(behind ahead: Int, working: Duration?) -> Bool {
        if working == nil, ahead < batchMax { return true }
        return wait(behind: ahead, working: working) <= queueDelayMax
    }

    /// How many requests may wait at the end of a turn, so that the last is answered in time.
    var roomMax: Int {
        guard usual > .zero else { return .max }
        let turns = max(1, min(queueDelayMax / usual, Double(WriteLane.waitingMax)))
        return Int(turns) * batchMax
    }

    /// When to come back: once what waits now has been answered, in whole seconds, at least one.
    func retryAfter(behind ahead: Int, working: Duration?) -> Duration {
        let wait = min(wait(behind: ahead, working: working), Self.retryAfterMax)
        let (seconds, attoseconds) = wait.components
        return .seconds(max(1, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
