import Incidents
import Journal
import Metrics
import Model
import Time

/// How the lane is doing at one moment.
public struct LaneCondition: Sendable, Equatable {
    /// How many urgent requests wait.
    public let urgent: Int
    /// How many ordinary requests wait.
    public let ordinary: Int
    /// How long it has owed an answer without giving any: zero while nothing waits and nothing is being committed.
    public let stalledFor: Duration
    /// When it last committed something; `nil` when it has not yet.
    public let lastCommitAt: Timestamp?
}

/// What the lane has done since the start, for `/metrics`. Counted after a commit: what was not committed did not happen.
public final class LaneMeters: Sendable {
    /// Batches that were decided.
    public let batches = Counter()
    /// How many requests each held.
    public let batchOrders = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256], perUnit: 1)
    /// Orders that the rules, a key or a version refused.
    public let ordersRefused = Counter()
    /// Batches that appended something, each with one commit that was synced to disk.
    public let syncs = Counter()
    /// How long those took: the lock, deciding, appending, syncing.
    public let commitDuration = Histogram.ofDurations()
    /// Times that the write-ahead log was moved into the database.
    public let checkpoints = Counter()
    /// Faults of the store.
    public let storeFaults = CounterSet(["refusing", "constraint", "broken"])
    /// Orders that found their line full.
    public let overflows = CounterSet(["urgent", "ordinary"])
    /// Incidents that were declared.
    public let declared = CounterSet(Severity.allCases.map(\.rawValue))
    /// Nags that were sent, by what they ask for.
    public let nagsSent = CounterSet(Incident.nagTopics.map { $0.about.rawValue })
    /// How late they were: from the moment the nag was due until it was committed. In milliseconds.
    public let nagLateness = Histogram(
        [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000, 3_600_000],
        perUnit: 1_000)
    /// Status updates that were published.
    public let updatesPublished = CounterSet(Severity.allCases.map(\.rawValue))
    /// How late those came that had a deadline; 0 when in time. In seconds.
    public let updateLateness: [(severity: Severity, histogram: Histogram)] = Severity.allCases.map {
        ($0, Histogram([0, 60, 120, 300, 600, 900, 1_800, 3_600], perUnit: 1))
    }
    /// How attempts to deliver ended; `failed` ones will be tried again, `superseded` ones were dropped before they were sent.
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

/// What of a batch is measured beside its size, kept until it is committed.
struct Tally {
    var declared: [Severity] = []
    var nags: [(about: NagSent.About, dueAt: Timestamp)] = []
    var updates: [(severity: Severity, lateBySeconds: Int?)] = []

    var isEmpty: Bool { declared.isEmpty && nags.isEmpty && updates.isEmpty }

    /// Takes in an entry; `before` is the state without it, `nil` when it begins.
    mutating func take<State>(_ payload: any EntryPayload<State>, before: State?) {
        switch payload {
        case let incident as Declared: declared.append(incident.severity)
        case let nag as NagSent:
            // After an outage the first one that people waited for counts, not the last of those that this one stands for: else an
            // hour of silence would show as none.
            nags.append((nag.about, (before as? Incident)?.nextNagAt(about: nag.about) ?? nag.dueAt))
        case let update as UpdatePublished:
            guard let before = before as? Incident else { return }
            updates.append((before.severity, update.lateBySeconds))
        default: break
        }
    }
}
