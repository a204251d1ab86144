import Incidents
import Model
import Time

/// Why a store operation failed.
public enum StoreFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Writes fail for now: locked, full, unreachable, read-only. Nothing was written; retrying is safe.
    case refusing(String)
    /// A uniqueness constraint was violated. Nothing was written.
    case constraint(String)
    /// The store is no longer trusted: a failed fsync, corruption, an unknown outcome. Stop acknowledging and exit.
    case broken(String)

    /// The fault with a remedy, for people.
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

/// The last positions and ids of the journal, from which the lane continues to count.
public struct JournalHead: Sendable, Equatable {
    /// Position of the last entry; 0 when there is none.
    public var position: Int
    /// The last stream number of each aggregate that has streams.
    public var numbers: [AggregateCode: Int]
    /// Id of the last delivery.
    public var delivery: Int
    /// Id of the last idempotency record.
    public var key: Int

    public init(position: Int = 0, numbers: [AggregateCode: Int] = [:], delivery: Int = 0, key: Int = 0) {
        self.position = position
        self.numbers = numbers
        self.delivery = delivery
        self.key = key
    }
}

/// Everything that one batch of the lane writes in one transaction.
public struct Batch: Sendable {
    /// The result of an attempt or of a manual retry, written over the delivery's row.
    public struct DeliveryResult: Sendable, Equatable {
        /// Id of the delivery.
        public var id: Int
        public var state: Delivery.State
        /// Number of attempts so far.
        public var attempts: Int
        /// When the next attempt is due.
        public var nextAt: Timestamp
        /// Status code of the last attempt.
        public var lastStatus: Int?
        /// Error of the last attempt, for people.
        public var lastError: String?
        /// Set by a manual retry, which applies in any state; `nil` for the result of an attempt.
        public var renewal: Renewal?

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

        /// New expiry and schedule of a delivery that is retried by hand.
        public struct Renewal: Sendable, Equatable {
            /// No attempt is made after this.
            public var expiresAt: Timestamp
            /// Number of attempts before the retry.
            public var attemptsBefore: Int

            public init(expiresAt: Timestamp, attemptsBefore: Int) {
                self.expiresAt = expiresAt
                self.attemptsBefore = attemptsBefore
            }
        }
    }

    /// New entries, in order of position.
    public var entries: [StoredEntry] = []
    /// Rows of the streams with new entries, once each.
    public var states: [any StateRow] = []
    /// New idempotency records.
    public var keys: [IdempotencyRecord] = []
    public var deliveries: [Delivery] = []
    /// Results of existing deliveries, applied in order.
    public var results: [DeliveryResult] = []
    /// Finished attempts.
    public var attempts: [Attempt] = []
    /// Ids of deliveries to delete with their attempts.
    public var forgottenDeliveries: [Int] = []
    /// Streams that became confidential: their pending deliveries up to one, except nags, are superseded.
    public var withheld: [(stream: StreamID, throughDelivery: Int)] = []
    /// Streams whose pending deliveries of those types, with an id up to `throughDelivery`, become `superseded`.
    public var supersededNags: [(stream: StreamID, types: [EventType], throughDelivery: Int)] = []
    public var tokens: [Token] = []
    public var revokedTokens: [(id: String, at: Timestamp)] = []
    /// New ends of tokens.
    public var endedTokens: [(id: String, at: Timestamp)] = []
    /// Last uses of tokens, to the minute.
    public var usedTokens: [(id: String, at: Timestamp)] = []
    /// Tokens that were revoked before this are deleted.
    public var forgetTokensRevokedBefore: Timestamp?
    /// Webhooks to insert or replace.
    public var webhooks: [Webhook] = []
    /// Ids of webhooks to delete; their pending deliveries are cancelled.
    public var deletedWebhooks: [String] = []
    /// Ids of webhooks whose pending deliveries are cancelled.
    public var cancelledWebhooks: [String] = []
    /// Idempotency records created before this are deleted.
    public var forgetKeysBefore: Timestamp?
    /// New deploys, in order; beyond 1,000 the oldest of the token that recorded most are deleted.
    public var deploys: [Deploy] = []
    /// Deploys before this are deleted.
    public var forgetDeploysBefore: Timestamp?
    /// Whether to write a row unchanged, to find out whether the store accepts writes again.
    public var isProbe = false

    public init() {}

    public var isEmpty: Bool {
        entries.isEmpty && states.isEmpty && keys.isEmpty && deliveries.isEmpty && results.isEmpty
            && attempts.isEmpty && forgottenDeliveries.isEmpty
            && supersededNags.isEmpty && withheld.isEmpty && tokens.isEmpty && revokedTokens.isEmpty
            && endedTokens.isEmpty
            && usedTokens.isEmpty && webhooks.isEmpty
            && deletedWebhooks.isEmpty && cancelledWebhooks.isEmpty && forgetKeysBefore == nil
            && forgetTokensRevokedBefore == nil && deploys.isEmpty && forgetDeploysBefore == nil && !isProbe
    }
}

/// What the row of a stream says of its entries.
public struct StreamHead: Sendable, Equatable {
    /// The opaque id.
    public let id: String
    /// The seq of the last entry. Not checked: a damaged row may have any.
    public let seq: Int

    public init(id: String, seq: Int) {
        self.id = id
        self.seq = seq
    }

    /// What is wrong with a fold of all entries, which ended at `seq`; `nil` when nothing is. The fold may be newer than the row that was
    /// read, never older.
    public func flaw(ofFoldEndingAt end: Int) -> String? {
        end >= seq && seq >= 1 ? nil : "its row is at seq \(seq), but its entries end at \(end)"
    }
}

/// Queries of the lane while it decides, under the store's lock.
public protocol JournalLookup {
    /// Deduplication: the seq of the entry with that `onceKey`; `nil` when there is none.
    func seq(ofOnce onceKey: String, in stream: StreamID) throws(StoreFault) -> Int?
    /// The number of the stream with that opaque id; `nil` when there is none.
    func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The number of the stream with that key; `nil` when there is none.
    func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The head of a stream, by its row; `nil` when there is no such stream.
    func head(of stream: StreamID) throws(StoreFault) -> StreamHead?
    /// A stream's entries after a seq, ascending, at most `limit`.
    func entries(of stream: StreamID, after seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// The entries that amend `seq`, ascending, at most `limit`. Only the last of each kind has its words, because rules read no others.
    func amendments(of stream: StreamID, seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// An idempotency record, by id.
    func key(_ id: Int) throws(StoreFault) -> IdempotencyRecord?
    /// A delivery, by id.
    func delivery(_ id: Int) throws(StoreFault) -> Delivery?
    /// The pending deliveries of class `nag` that concern a stream, ascending by id.
    func pendingNags(of stream: StreamID) throws(StoreFault) -> [Delivery]
    /// A delivery, by its message id.
    func delivery(messageID: String) throws(StoreFault) -> Delivery?
    /// The kept attempts of a delivery, ascending by number.
    func attempts(of delivery: Int) throws(StoreFault) -> [Attempt]
    /// When the next pending delivery to a webhook is due; `nil` when there is none.
    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp?
    /// The deliveries after an id, ascending, at most `limit`, without the newest of all: its row must stay, because ids continue from
    /// it.
    func deliveries(after id: Int, limit: Int) throws(StoreFault) -> [Delivery]
    /// The pending deliveries after an id, ascending, at most `limit`.
    func pendingDeliveries(after id: Int, limit: Int) throws(StoreFault) -> [Delivery]
    /// The matching deploys, newest first.
    func deploys(_ query: DeployQuery) throws(StoreFault) -> [Deploy]
    /// When the oldest deploy was kept; `nil` when there is none.
    func oldestDeploy() throws(StoreFault) -> Timestamp?
    /// Whether a delivery of that type exists for that webhook, stream and deadline, in any state.
    func isAnnounced(
        _ type: EventType, to webhook: String, of stream: StreamID, dueAt: Timestamp
    ) throws(StoreFault) -> Bool
}

/// The journal's single writer. Used by one thread, the lane's.
public protocol JournalStore: AnyObject, Sendable {
    /// Takes the store's lock, calls `decide`, appends the batch it returns, and commits; durable on return.
    ///
    /// `decide` gets the head of the journal as of the lock. An empty batch is rolled back without a sync. After `refusing` or
    /// `constraint` nothing was written.
    func commit(_ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch) throws(StoreFault)
    /// Checkpoints the write-ahead log into the database if it has grown or the lane is idle; returns whether it did.
    func checkpoint(idle: Bool) throws(StoreFault) -> Bool
    /// Closes the store for good, after a last checkpoint.
    func close()
}

/// Filter of an incident list.
public struct IncidentFilter: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable {
        case open, ended, all
    }

    public var state: State = .open
    public var severity: Severity?
    public var status: Incident.Status?
    /// Changed at or after that moment.
    public var since: Timestamp?

    /// Matches every open incident.
    public init() {}
}

/// Read access to the journal, from any thread, over a small pool of read-only connections.
public protocol JournalReader: AnyObject, Sendable {
    /// The last committed positions and ids.
    func head() throws(StoreFault) -> JournalHead
    /// Numbers and keys of the documents that are not deleted, ascending.
    func openDocuments() throws(StoreFault) -> [(number: Int, key: String)]
    /// An incident's row; `nil` when there is none.
    func incident(_ number: Int) throws(StoreFault) -> IncidentRow?
    /// The number of the stream with that opaque id; `nil` when there is none.
    func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The number of the stream with that key; `nil` when there is none.
    func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int?
    /// The head of a stream, by its row; `nil` when there is no such stream.
    func head(of stream: StreamID) throws(StoreFault) -> StreamHead?
    /// The matching rows, newest first, with numbers below `before`, at most `limit`.
    func incidents(_ filter: IncidentFilter, before: Int?, limit: Int) throws(StoreFault) -> [IncidentRow]
    /// Deliveries of class `nag` about a stream that succeeded, from a seq on, with the time of the first success; at most 1,000.
    func deliveredNags(
        of stream: StreamID, from seq: Int
    ) throws(StoreFault) -> [(type: EventType, seq: Int, at: Timestamp)]
    /// Ended incidents about which a nag is due, newest first, with numbers below `before`, at most `limit`.
    func endedWithAlarm(before: Int?, limit: Int) throws(StoreFault) -> [IncidentRow]
    /// Numbers and ids of the confidential incidents, ascending.
    func confidentialIncidents() throws(StoreFault) -> [(number: Int, id: String)]
    /// The matching entries of a stream, in the order asked for.
    func entries(of stream: StreamID, _ query: TimelineQuery) throws(StoreFault) -> [StoredEntry]
    /// A stream's entries after a seq, ascending, at most `limit`; of one kind, or of one visibility in force, if given.
    func entries(
        of stream: StreamID, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// Passes the entries that startup folds to `take`: every entry that shapes a state, of the open incidents in a range of numbers, by
    /// number, then seq.
    func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault)
    /// Passes the last entry of a kind that shapes nothing, or only sometimes, of each open incident in a range of numbers to `take`.
    func lastPlainEntries(ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void) throws(StoreFault)
    /// A stream's entries that shape a state after a seq up to another, ascending, at most `limit`.
    func shapingEntries(
        of stream: StreamID, after seq: Int, through last: Int, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// The last entry of a kind that shapes nothing or only sometimes, of a stream after a seq up to another; `nil` when there is none.
    func lastPlainEntry(
        of stream: StreamID, after seq: Int, through last: Int
    ) throws(StoreFault) -> StoredEntry?
    /// The seq of the last entry up to `last` that was recorded by a moment; `first` when there is none after it. The times must ascend
    /// between them.
    func lastSeq(
        of stream: StreamID, after first: Int, upTo last: Int, recordedBy moment: Timestamp
    ) throws(StoreFault) -> Int
    /// A stream's entries of a kind before a seq, newest first, at most `limit`.
    func latestEntries(
        of stream: StreamID, kind: EntryKind, before seq: Int?, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// The entries with those seqs, ascending.
    func entries(of stream: StreamID, seqs: [Int]) throws(StoreFault) -> [StoredEntry]
    /// The entries that amend the seqs in a range, ordered by the amended seq, then their own, at most `limit`.
    func amendments(
        of stream: StreamID, to seqs: ClosedRange<Int>, limit: Int
    ) throws(StoreFault) -> [StoredEntry]
    /// The matching deploys, newest first.
    func deploys(_ query: DeployQuery) throws(StoreFault) -> [Deploy]
    /// All entries after a position, ascending, at most `limit`: for `verify`.
    func entries(afterPosition position: Int, limit: Int) throws(StoreFault) -> [StoredEntry]
    /// Index entries of all idempotency records since a moment, oldest first.
    func keys(since: Timestamp) throws(StoreFault) -> [IdempotencyIndexEntry]
    /// All tokens, newest first.
    func tokens() throws(StoreFault) -> [Token]
    /// All webhooks, newest first.
    func webhooks() throws(StoreFault) -> [Webhook]
    /// A number that grows with every change to tokens or webhooks, by any process.
    func revision() throws(StoreFault) -> Int
    /// The due pending deliveries of a class to a webhook, ordered by `nextAt`, then id, at most `limit`.
    func dueDeliveries(
        to webhook: String, _ retryClass: RetryClass, at now: Timestamp, limit: Int
    ) throws(StoreFault) -> [Delivery]
    /// When the next pending delivery to a webhook is due; `nil` when there is none.
    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp?
    /// The first pending delivery that was created after a moment, by a clock that was set back since; `nil` when there is none.
    func firstPendingDelivery(createdAfter moment: Timestamp) throws(StoreFault) -> Int?
    /// Number of pending deliveries, counted up to `countMax`.
    func pendingDeliveries(countMax: Int) throws(StoreFault) -> Int
    /// A delivery by its message id; `nil` when there is none.
    func delivery(messageID: String) throws(StoreFault) -> Delivery?
    /// The deliveries to a webhook, newest first, with ids below `before`, at most `limit`; of one state if given.
    func deliveries(
        to webhook: String, _ state: Delivery.State?, before: Int?, limit: Int
    ) throws(StoreFault) -> [Delivery]
    /// The kept attempts of deliveries, by delivery, ascending by number.
    func attempts(of deliveries: [Int]) throws(StoreFault) -> [Int: [Attempt]]
    /// The backlog of a webhook, counted up to `countMax`.
    func backlog(of webhook: String, countMax: Int) throws(StoreFault) -> Backlog
}
