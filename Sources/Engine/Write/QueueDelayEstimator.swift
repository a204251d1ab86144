/// Estimates the queue delay from the batch duration: the basis of admission control and `Retry-After`.
///
/// It counts batches, not requests: on a slow disk the sync dominates, however many requests share it. Source: docs/decisions/0010.
struct QueueDelayEstimator {
    /// Upper bound of `Retry-After`.
    static let retryAfterMax = Duration.seconds(30)

    private let batchMax: Int
    private let queueDelayMax: Duration
    /// Estimated batch duration. A slower batch counts at once, because queued requests will feel it; a faster one counts half, so that a
    /// hiccup fades quickly. Zero before the first batch.
    private var usual = Duration.zero

    /// A batch takes up to `batchMax` requests; an ordinary request whose estimated delay exceeds `queueDelayMax` is refused.
    init(batchMax: Int, queueDelayMax: Duration) {
        self.batchMax = batchMax
        self.queueDelayMax = queueDelayMax
    }

    /// Records the duration of a finished batch.
    mutating func observe(_ turn: Duration) {
        usual = max(turn, (usual + turn) / 2)
    }

    /// Estimated delay of a request behind `ahead` queued ones, while the current batch has run for `working` (`nil`: no batch is
    /// running).
    ///
    /// A batch that runs longer than usual is the best estimate for the next one.
    func wait(behind ahead: Int, working: Duration?) -> Duration {
        let turn = max(usual, working ?? .zero)
        let remaining = working.map { turn - $0 } ?? .zero
        return remaining + turn * (ahead / batchMax + 1)
    }

    /// Whether a request behind `ahead` others is answered in time.
    ///
    /// A request that fits into the next batch of an idle lane is always admitted: it would not fare better later, and the estimate is
    /// refreshed.
    func isInTime(behind ahead: Int, working: Duration?) -> Bool {
        if working == nil, ahead < batchMax { return true }
        return wait(behind: ahead, working: working) <= queueDelayMax
    }

    /// How many requests may stay queued after a batch, so that the last is answered in time.
    var roomMax: Int {
        guard usual > .zero else { return .max }
        let turns = max(1, min(queueDelayMax / usual, Double(WriteLane.waitingMax)))
        return Int(turns) * batchMax
    }

    /// Estimated time until the current queue is answered, in whole seconds, at least 1.
    func retryAfter(behind ahead: Int, working: Duration?) -> Duration {
        let wait = min(wait(behind: ahead, working: working), Self.retryAfterMax)
        let (seconds, attoseconds) = wait.components
        return .seconds(max(1, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
