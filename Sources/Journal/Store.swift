import Incidents
import Model
import Time

/// Why the store did not do what was asked.
public enum StoreFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// It takes no writes for now: locked, full, away, read-only. Nothing was written; trying again is safe.
    case refusing(String)
    /// A row that must be unique is there already. Nothing was written.
    case constraint(String)
    /// It can no longer be trusted: a failed fsync, corruption, an unknown outcome. Stop acknowledging and exit.
    case broken(String)

    /// The fault in words, with what to do.
    public var description: String {
        switch self {
        case .refusing(let why):
            "the store accepts no writes: \(why). Nothing was changed; retry in a moment"
        case .constraint(let what): "a unique row already exists: \(what). Nothing was changed"
        case .broken(let why):
            "the store cannot be trusted: \(why). Run drumbeat verify, and restore a backup if it fails"
        }
    }
}

/// The ends of what the journal holds, from which the lane counts on.
public struct JournalHead: Sendable, Equatable {
    /// The last entry's position; 0 when there is none.
    public var position: Int
    /// The last number of each aggregate that has streams.
    public var numbers: [AggregateCode: Int]
    /// The last delivery's id.
    public var delivery: Int
    /// The last kept key's id.
    public var key: Int

    /// The ends of an empty journal, or of one that holds that much.
    public init(position: Int = 0, numbers: [AggregateCode: Int] = [:], delivery: Int = 0, key: Int = 0) {
        self.position = position
        self.numbers = numbers
        self.delivery = delivery
        self.key = key
    }
}

/// Everything that one turn of the lane appends, as one transaction.
public struct Batch: Sendable {
    /// What became of a delivery, to be written over its row.
    public struct DeliveryResult: Sendable, Equatable {
        /// The delivery, by id.
        public var id: Int
        /// What became of it.
        public var state: Delivery.State
        /// How many attempts it had.
        public var attempts: Int
        /// When the next one is due.
        public var nextAt: Timestamp
        /// The status code of the last one.
        public var lastStatus: Int?
        /// What it ended with, in words.
        public var lastError: String?
        /// What a retry by hand gives it anew, whatever its state was; `nil` for the end of an attempt.
        public var renewal: Renewal?

        /// A result for a delivery.
        public init(
            id: Int, state: Delivery.State, attempts: Int, nextAt: Timestamp, lastStatus: Int?,
            lastError: String?, renewal: Renewal? = nil
        ) {
            self.id = id
            self.state = state
            self.attempts = attempts
            self.nextAt = nextAt
            self.lastStatus = lastStatus
            self.lastError = lastError
            self.renewal = renewal
        }

        /// A new life for a delivery.
        public struct Renewal: Sendable, Equatable {
            /// After which it is worthless.
            public var expiresAt: Timestamp
            /// How many attempts came before.
            public var attemptsBefore: Int

            /// A life until then, after so many attempts.
            public init(expiresAt: Timestamp, attemptsBefore: Int) {
                self.expiresAt = expiresAt
                self.attemptsBefore = attemptsBefore
            }
        }
    }

    /// New entries, in order of position.
    public var entries: [StoredEntry] = []
    /// The rows of the streams with new entries, once each.
    public var states: [any StateRow] = []
    /// Keys to keep.
    public var keys: [IdempotencyRecord] = []
    /// New deliveries.
    public var deliveries: [Delivery] = []
    /// What became of older ones, in that order.
    public var results: [DeliveryResult] = []
    /// How attempts ended.
    public var attempts: [Attempt] = []
    /// Deliveries to forget with their attempts, by id.
    public var forgottenDeliveries: [Int] = []
    /// Streams whose pending deliveries of those types, with an id up to that one, are worthless now (`superseded`).
    public var supersededNags: [(stream: StreamID, types: [EventType], throughDelivery: Int)] = []
    /// New tokens.
    public var tokens: [Token] = []
    /// Tokens to revoke, by id.
    public var revokedTokens: [(id: String, at: Timestamp)] = []
    /// Webhooks to insert or to write over, by id.
    public var webhooks: [Webhook] = []
    /// Webhooks to delete, by id; their pending deliveries are cancelled.
    public var deletedWebhooks: [String] = []
    /// Webhooks whose pending deliveries are to be cancelled, by id.
    public var cancelledWebhooks: [String] = []
    /// Keys kept up to that moment may be forgotten.
    public var forgetKeysBefore: Timestamp?
    /// Whether to write something that changes nothing, to find out whether the store takes writes again.
    public var isProbe = false

    /// A batch that appends nothing yet.
    public init() {}

    /// Whether there is nothing to write.
    public var isEmpty: Bool {
        entries.isEmpty && states.isEmpty && keys.isEmpty && deliveries.isEmpty && results.isEmpty
            && attempts.isEmpty && forgottenDeliveries.isEmpty
            && supersededNags.isEmpty && tokens.isEmpty && revokedTokens.isEmpty && webhooks.isEmpty
            && deletedWebhooks.isEmpty && cancelledWebhooks.isEmpty && forgetKeysBefore == nil
            && !isProbe
    }
}

/// What the lane may look up while it decides, under the store's lock.
public protocol JournalLookup {
    /// The seq of the entry that stands under a `onceKey`; `nil` when there is none.
    func seq(ofOnce onceKey: String, in stream: StreamID) throws(StoreFault) -> Int?
    /// The number of the stream with that opaque id; `nil` when there is none.
    func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The number of the stream with that key; `nil` when there is none.
    func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// A stream's opaque id; `nil` when there is no such stream.
    func id(of stream: StreamID) throws(StoreFault) -> String?
    /// A stream's entries after a seq, ascending, at most `limit`.
    func entries(of stream: StreamID, after seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// The entries that amend one, ascending, at most `limit`; of their words only those of the last of each kind, as a rule asks for no
    /// others.
    func amendments(of stream: StreamID, seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// A kept key, by id.
    func key(_ id: Int) throws(StoreFault) -> IdempotencyRecord?
    /// A delivery, by id.
    func delivery(_ id: Int) throws(StoreFault) -> Delivery?
    /// A delivery, by its message id.
    func delivery(messageID: String) throws(StoreFault) -> Delivery?
    /// The attempts of a delivery that are kept, ascending by number.
    func attempts(of delivery: Int) throws(StoreFault) -> [Attempt]
    /// When the next pending delivery to a webhook is due; `nil` when there is none.
    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp?
    /// The deliveries after an id, ascending, at most `limit`, without the last one there is: its id counts on.
    func deliveries(after id: Int, limit: Int) throws(StoreFault) -> [Delivery]
    /// Whether a webhook has a delivery of that type for that deadline of a stream, whatever became of it.
    func isAnnounced(
        _ type: EventType, to webhook: String, of stream: StreamID, dueAt: Timestamp
    ) throws(StoreFault) -> Bool
}

/// The journal's one writer. Used by one thread, the lane's.
public protocol JournalStore: AnyObject, Sendable {
    /// Takes the store's lock, lets `decide` look and answer with what to append, appends it, and commits; durable on return.
    ///
    /// `decide` gets the ends of what is stored under the lock. An empty batch is rolled back without a sync. When this
    /// throws `refusing` or `constraint`, nothing was written.
    func commit(_ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch) throws(StoreFault)
    /// Moves what was committed from the write-ahead log to the database, when it has grown or the lane is idle; says whether it did.
    func checkpoint(idle: Bool) throws(StoreFault) -> Bool
    /// Closes it for good, after a last checkpoint.
    func close()
}

/// Which incidents a list wants.
public struct IncidentFilter: Sendable, Equatable {
    /// Open ones, ended ones, or all.
    public enum State: String, CaseIterable, Sendable {
        case open, ended, all
    }

    /// Open ones, ended ones, or all.
    public var state: State = .open
    /// Of that severity.
    public var severity: Severity?
    /// In that status.
    public var status: Incident.Status?
    /// Changed at or after that moment.
    public var since: Timestamp?

    /// A filter that lets every open incident through.
    public init() {}
}

/// Reading the journal, from any thread; a small pool of connections that cannot write.
public protocol JournalReader: AnyObject, Sendable {
    /// The ends of what is committed.
    func head() throws(StoreFault) -> JournalHead
    /// The rows of the documents that are there, ascending.
    func openDocuments() throws(StoreFault) -> [DocumentRow]
    /// An incident's row; `nil` when there is none.
    func incident(_ number: Int) throws(StoreFault) -> IncidentRow?
    /// The number of the stream with that opaque id; `nil` when there is none.
    func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The number of the stream with that key; `nil` when there is none.
    func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// A stream's opaque id; `nil` when there is no such stream.
    func id(of stream: StreamID) throws(StoreFault) -> String?
    /// The rows that pass, newest first, with numbers below `before`, at most `limit`.
    func incidents(_ filter: IncidentFilter, before: Int?, limit: Int) throws(StoreFault) -> [IncidentRow]
    /// A stream's entries after a seq, ascending, at most `limit`; of one kind, or of one visibility in force, when named.
    func entries(
        of stream: StreamID, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// Hands over what a start folds of the open incidents with numbers in a range, by number and then by seq: every entry of a kind
    /// that shapes an incident.
    func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault)
    /// Hands over, of each open incident with a number in a range, the last entry of a kind that shapes nothing, where there is one.
    func lastPlainEntries(ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void) throws(StoreFault)
    /// A stream's entries of a kind before a seq, newest first, at most `limit`.
    func latestEntries(
        of stream: StreamID, kind: EntryKind, before seq: Int?, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// The entries with those seqs, ascending.
    func entries(of stream: StreamID, seqs: [Int]) throws(StoreFault) -> [StoredEntry]
    /// The entries that amend those with seqs in a range, by the seq of what they amend and then by their own, at most `limit`.
    func amendments(
        of stream: StreamID, to seqs: ClosedRange<Int>, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// All entries from a position on, ascending, at most `limit`: for `verify`.
    func entries(afterPosition position: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// A mark of every key kept since a moment, oldest first.
    func keys(since: Timestamp) throws(StoreFault) -> [IdempotencyIndexEntry]
    /// Every token, newest first.
    func tokens() throws(StoreFault) -> [Token]
    /// Every webhook, newest first.
    func webhooks() throws(StoreFault) -> [Webhook]
    /// A number that grows with every change to tokens or webhooks, whoever makes it.
    func revision() throws(StoreFault) -> Int
    /// The pending deliveries of a class to a webhook that are due, first by `nextAt` then by id, at most `limit`.
    func dueDeliveries(
        to webhook: String, _ retryClass: RetryClass, at now: Timestamp, limit: Int
    ) throws(StoreFault) -> [Delivery]
    /// When the next pending delivery to a webhook is due; `nil` when there is none.
    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp?
    /// How many deliveries are pending; the count ends at `countMax`.
    func pendingDeliveries(countMax: Int) throws(StoreFault) -> Int
    /// A delivery by its message id; `nil` when there is none.
    func delivery(messageID: String) throws(StoreFault) -> Delivery?
    /// The deliveries to a webhook, newest first, with ids below `before`, at most `limit`; of one state when named.
    func deliveries(
        to webhook: String, _ state: Delivery.State?, before: Int?, limit: Int
    ) throws(StoreFault) -> [Delivery]
    /// The attempts of deliveries that are kept, by delivery, ascending by number.
    func attempts(of deliveries: [Int]) throws(StoreFault) -> [Int: [Attempt]]
    /// What waits for a webhook, counted up to `countMax`.
    func backlog(of webhook: String, countMax: Int) throws(StoreFault) -> Backlog
}
