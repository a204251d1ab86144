import Journal
import Model
import Synchronization
import Time

/// Those who wait for the next entry of a timeline: long polls. No thread and no SQL for any of them.
///
/// The lane only says that it committed (`observe`); a tick, on another thread, finds whose query it meets. Source: api.md, "Incidents";
/// design.md, decision 7.
public final class LongPolls: Sendable {
    /// How many may wait in all: as many as the server holds connections, less some for the rest.
    public static let waitersMax = 10_000
    /// How many may wait under one token (http-strictness.md, "Timeouts and caps").
    public static let waitersPerTokenMax = 1_024

    /// What somebody waits for.
    public struct LongPollQuery: Sendable {
        public var stream: StreamID
        /// The seq that the entry must be after.
        public var after: Int
        /// The kind it must have; `nil` for any.
        public var kind: EntryKind?
        /// The visibility it must have; `nil` for any.
        public var visibility: Visibility?

        /// A query for an entry of a stream.
        public init(of stream: StreamID, after: Int, kind: EntryKind?, visibility: Visibility?) {
            self.stream = stream
            self.after = after
            self.kind = kind
            self.visibility = visibility
        }

        fileprivate func isMet(by entry: StoredEntry) -> Bool {
            entry.stream == stream && entry.seq > after && (kind ?? entry.kind) == entry.kind
                && (visibility ?? entry.visibility) == entry.visibility
        }
    }

    /// How a wait ends.
    public enum End: Sendable {
        /// With all that met the query, in order and never empty, and what amends them already, ascending.
        case entries([StoredEntry], amendedBy: [StoredEntry])
        /// More was committed since the store was read than is remembered: read it again.
        case unknown
        /// Nothing came, and the time is up or the service ends.
        case over
    }

    fileprivate struct Waiter: Sendable {
        var query: LongPollQuery
        var token: String
        var completion: @Sendable (End) -> Void
    }

    fileprivate struct State {
        var longPolls: [Int: Waiter] = [:]
        var byStream: [StreamID: Set<Int>] = [:]
        var countByToken: [String: Int] = [:]
        var ends = Schedule()
        var lastWaiter = 0
        /// The position up to which ticks have looked; whoever comes later has looked further.
        var looked = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let recentEntries: RecentEntries
    private let waitersMax: Int
    private let waitersPerTokenMax: Int

    /// Nobody waits yet. The maxima are for tests; the named ones are what the service has.
    public init(
        recentEntries: RecentEntries = RecentEntries(), waitersMax: Int = LongPolls.waitersMax,
        waitersPerTokenMax: Int = LongPolls.waitersPerTokenMax
    ) {
        self.recentEntries = recentEntries
        self.waitersMax = waitersMax
        self.waitersPerTokenMax = waitersPerTokenMax
    }

    /// How many wait now.
    public var count: Int { state.withLock { $0.longPolls.count } }

    /// Waits until an entry meets the query, at the latest until `end`; `false`, without a call of `completion`, when
    /// too many wait already.
    ///
    /// `seen` is the journal's position from before the store was read: what was committed since then counts, so nothing falls between the
    /// reading and the waiting. `completion` is called once: before this returns, when there is something to say already, else on the
    /// thread that takes the ticks.
    public func wait(
        for query: LongPollQuery, token: String, seen: Int, until end: Timestamp,
        completion: @escaping @Sendable (End) -> Void
    ) -> Bool {
        let waiter = Waiter(query: query, token: token, completion: completion)
        let (isAdmitted, now) = state.withLock { state -> (Bool, End?) in
            if state.isClosed { return (true, .over) }
            if let now = LongPolls.end(of: query, by: recentEntries.after(seen)) { return (true, now) }
            guard state.longPolls.count < waitersMax,
                state.countByToken[token, default: 0] < waitersPerTokenMax
            else { return (false, nil) }
            state.add(waiter, until: end)
            return (true, nil)
        }
        if let now { completion(now) }
        return isAdmitted
    }

    /// Says whether somebody waits for streams to which a commit appended, once that is among the recent entries, so that a tick
    /// is needed. Never blocks.
    public func observe(_ entries: [StoredEntry]) -> Bool {
        guard let first = entries.first else { return false }
        return state.withLock { state in
            // Before the first commit there is nothing that a tick could have missed.
            if state.looked == 0 { state.looked = first.position - 1 }
            return entries.contains { state.byStream[$0.stream] != nil }
        }
    }

    /// Ends the waits that are met or over, and answers when the next one is over; `nil` when nobody waits.
    public func tick(at now: Timestamp) -> Timestamp? {
        let (ended, next) = state.withLock { state in
            (state.takeMet(recentEntries) + state.takeOver(at: now), state.ends.next())
        }
        for (waiter, end) in ended { waiter.completion(end) }
        return next
    }

    /// How a wait ends by what was committed meanwhile, `nil` for what is forgotten; `nil` while nothing met the query.
    fileprivate static func end(of query: LongPollQuery, by committed: (some Sequence<StoredEntry>)?) -> End?
    {
        guard let committed else { return .unknown }
        let met = committed.filter(query.isMet)
        guard !met.isEmpty else { return nil }
        // A message that replaces what was posted may come in the same commit.
        return .entries(met, amendedBy: committed.filter { $0.amends != nil && $0.stream == query.stream })
    }

    /// Ends every wait, and each that comes from now on at once: the service ends.
    public func close() {
        let longPolls = state.withLock { state in
            state.isClosed = true
            return state.longPolls.keys.sorted().compactMap { state.remove($0) }
        }
        for waiter in longPolls { waiter.completion(.over) }
    }
}

extension LongPolls.State {
    fileprivate mutating func add(_ waiter: LongPolls.Waiter, until end: Timestamp) {
        lastWaiter += 1
        longPolls[lastWaiter] = waiter
        byStream[waiter.query.stream, default: []].insert(lastWaiter)
        countByToken[waiter.token, default: 0] += 1
        ends.set(end, for: lastWaiter)
    }

    fileprivate mutating func remove(_ id: Int) -> LongPolls.Waiter? {
        guard let waiter = longPolls.removeValue(forKey: id) else { return nil }
        ends.set(nil, for: id)
        byStream[waiter.query.stream]?.remove(id)
        if byStream[waiter.query.stream]?.isEmpty == true { byStream[waiter.query.stream] = nil }
        countByToken[waiter.token, default: 1] -= 1
        if countByToken[waiter.token] == 0 { countByToken[waiter.token] = nil }
        return waiter
    }

    /// Those whose query was met since the last tick, in the order in which they came.
    fileprivate mutating func takeMet(_ recentEntries: RecentEntries) -> [(
        LongPolls.Waiter, LongPolls.End
    )] {
        let fresh = recentEntries.after(looked)
        looked = fresh.map { $0.last?.position ?? looked } ?? recentEntries.last
        // Looked at once for all, then only by those who wait for that stream: a flood of notes on others costs a waiter nothing.
        let concerned = fresh.map {
            Dictionary(grouping: $0.filter { byStream[$0.stream] != nil }, by: \.stream)
        }
        let ids =
            concerned.map { $0.keys.compactMap { byStream[$0] }.flatMap(\.self) } ?? Array(longPolls.keys)
        var ended: [(LongPolls.Waiter, LongPolls.End)] = []
        for id in ids.sorted() {
            guard let waiter = longPolls[id],
                let end = LongPolls.end(
                    of: waiter.query, by: concerned.map { $0[waiter.query.stream] ?? [] })
            else { continue }
            _ = remove(id)
            ended.append((waiter, end))
        }
        return ended
    }

    fileprivate mutating func takeOver(
        at now: Timestamp
    ) -> [(LongPolls.Waiter, LongPolls.End)] {
        var ended: [(LongPolls.Waiter, LongPolls.End)] = []
        while let id = ends.takeDue(at: now) {
            if let waiter = remove(id) { ended.append((waiter, .over)) }
        }
        return ended
    }
}
