import Incidents
import Journal
import Metrics
import Model
import Time

/// Snapshot of the lane's queues and progress.
public struct LaneCondition: Sendable, Equatable {
    /// Queued urgent requests.
    public let urgent: Int
    /// Queued ordinary requests.
    public let ordinary: Int
    /// How long the lane has made no progress while it had work; zero while nothing is queued or being committed.
    public let stalledFor: Duration
    /// Time of the last commit; `nil` before the first.
    public let lastCommitAt: Timestamp?
}

/// Metrics of the lane since startup, for `/metrics`. Counted after the commit: what was not committed did not happen.
public final class LaneMeters: Sendable {
    public let batches = Counter()
    /// Requests per batch.
    public let batchOrders = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256], perUnit: 1)
    /// Requests refused by a rule, an idempotency key or a version.
    public let ordersRefused = Counter()
    /// Batches that appended something, each with one commit synced to disk (group commit).
    public let syncs = Counter()
    /// Duration of those commits: waiting for the lock, deciding, appending, syncing.
    public let commitDuration = Histogram.ofDurations()
    /// Checkpoints of the write-ahead log into the database.
    public let checkpoints = Counter()
    /// States that were folded on a reader because a request needed them.
    public let folds = Counter()
    /// Entries read under the store's lock to bring folded states up to date.
    public let entriesFolded = Counter()
    public let storeFaults = CounterSet(["refusing", "constraint", "broken"])
    /// Requests rejected by admission control: the queue was full, or the delay too long.
    public let overflows = CounterSet(["urgent", "ordinary"])
    /// Declared incidents, by severity.
    public let declared = CounterSet(Severity.allCases.map(\.rawValue))
    /// Sent nags, by topic.
    public let nagsSent = CounterSet(Incident.nagTopics.map { $0.about.rawValue })
    /// Nags sent while no one would hear them.
    public let nagsUnheard = Counter()
    /// Lateness of nags, from due to committed, in milliseconds.
    public let nagLateness = Histogram(
        [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000, 3_600_000],
        perUnit: 1_000)
    /// Published status updates, by severity.
    public let updatesPublished = CounterSet(Severity.allCases.map(\.rawValue))
    /// Lateness of updates that had a deadline, in seconds; 0 when in time.
    public let updateLateness: [(severity: Severity, histogram: Histogram)] = Severity.allCases.map {
        ($0, Histogram([0, 60, 120, 300, 600, 900, 1_800, 3_600], perUnit: 1))
    }
    /// Ended delivery attempts. `failed` ones will be retried; `superseded` ones were dropped before they were sent.
    public let deliveries = CounterSet(["delivered", "failed", "exhausted", "superseded"])

    func countBatch(_ results: [Result<WriteAnswer, Refusal>]) {
        batches.add()
        batchOrders.observe(results.count)
        for result in results {
            if case .failure = result { ordersRefused.add() }
        }
    }

    func countCommit(_ batch: Batch, took duration: Duration) {
        syncs.add()
        commitDuration.observe(duration)
        for result in batch.results { count(result.state) }
    }

    private func count(_ state: Delivery.State) {
        switch state {
        case .delivered: deliveries.add("delivered")
        case .pending: deliveries.add("failed")
        case .exhausted: deliveries.add("exhausted")
        case .superseded: deliveries.add("superseded")
        case .cancelled: break
        }
    }

    func count(_ tally: Tally, committedAt now: Timestamp) {
        nagsUnheard.add(tally.nagsUnheard)
        for severity in tally.declared { declared.add(severity.rawValue) }
        for nag in tally.nags {
            nagsSent.add(nag.about.rawValue)
            nagLateness.observe(now - nag.dueAt)
        }
        for update in tally.updates {
            updatesPublished.add(update.severity.rawValue)
            guard let late = update.lateBySeconds else { continue }
            updateLateness.first { $0.severity == update.severity }?.histogram.observe(late)
        }
    }
}

/// Metrics of a batch other than its size, kept until it is committed.
struct Tally {
    var declared: [Severity] = []
    var nags: [(about: NagSent.About, dueAt: Timestamp)] = []
    var nagsUnheard = 0
    /// For the log, with the incident's name.
    var nagLines: [(incident: String, nag: NagSent)] = []
    var silent: [(incident: String, hearing: Hearing, people: [String])] = []
    var updates: [(severity: Severity, lateBySeconds: Int?)] = []

    var isEmpty: Bool { declared.isEmpty && nags.isEmpty && updates.isEmpty }

    /// Counts an entry; `before` is the state without it, `nil` for the first entry of a stream.
    mutating func take<State>(_ payload: any EntryPayload<State>, before: State?) {
        switch payload {
        case let incident as Declared: declared.append(incident.severity)
        case let nag as NagSent:
            // After an outage the first due time counts, not that of the last skipped nag: otherwise an hour without nags would show as
            // none.
            nags.append((nag.about, (before as? Incident)?.nextNagAt(about: nag.about) ?? nag.dueAt))
        case let update as UpdatePublished:
            guard let before = before as? Incident else { return }
            updates.append((before.severity, update.lateBySeconds))
        default: break
        }
    }
}
