import Journal
import Model
import Synchronization
import Time

/// Long polls that wait for the next entry of a timeline. A waiting poll costs no thread and no SQL.
///
/// The lane only reports commits (`observe`); a tick on another thread matches the queries. Source: api.md, "Incidents"; design.md,
/// decision 7.
public final class LongPolls: Sendable {
    /// Upper bound of waiting polls: the server's connection limit, less a reserve for other requests.
    public static let waitersMax = 10_000
    /// Upper bound of waiting polls per token (http-strictness.md, "Timeouts and caps").
    public static let waitersPerTokenMax = 1_024

    public struct LongPollQuery: Sendable {
        public var stream: StreamID
        /// Only entries with a greater seq match.
        public var after: Int
        public var filter: TimelineFilter
        /// Whether the stream no longer exists for the caller; asked with each entry of the stream.
        public var isGone: @Sendable () -> Bool

        public init(
            of stream: StreamID, after: Int, matching filter: TimelineFilter,
            isGone: @escaping @Sendable () -> Bool
        ) {
            self.stream = stream
            self.after = after
            self.filter = filter
            self.isGone = isGone
        }

        fileprivate func isMet(by entry: StoredEntry) -> Bool {
            entry.stream == stream && entry.seq > after && filter.matches(entry)
        }
    }

    public enum End: Sendable {
        /// The matching entries, in order and never empty, and the entries that already amend them, ascending.
        case entries([StoredEntry], amendedBy: [StoredEntry])
        /// More was committed since the store was read than `RecentEntries` holds: read the store again.
        case unknown
        /// Timed out without a match, or the service is stopping.
        case over
        /// The token is no longer valid.
        case revoked
        /// The stream no longer exists for the caller.
        case gone
    }

    /// Result of `wait`.
    public enum Admission: Sendable, Equatable {
        /// Waits; the number is for `cancel`.
        case waiting(Int)
        /// The result was known, and `completion` has been called.
        case answered
        /// Too many polls wait already; `completion` is never called.
        case refused
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
        /// The position up to which ticks have looked. A later `wait` checks the entries up to its own start itself.
        var looked = 0
        /// The time of the last tick.
        var latest: Timestamp?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let recentEntries: RecentEntries
    private let waitersMax: Int
    private let waitersPerTokenMax: Int

    /// The parameters lower the limits for tests.
    public init(
        recentEntries: RecentEntries, waitersMax: Int = LongPolls.waitersMax,
        waitersPerTokenMax: Int = LongPolls.waitersPerTokenMax
    ) {
        self.recentEntries = recentEntries
        self.waitersMax = waitersMax
        self.waitersPerTokenMax = waitersPerTokenMax
    }

    /// Number of waiting polls.
    public var count: Int { state.withLock { $0.longPolls.count } }

    /// Waits until an entry matches the query, at most until `end`.
    ///
    /// `seen` is the journal position read before the store was queried: entries committed since then count, so none is missed between
    /// the query and the wait. `completion` is called once: before this returns if the result is already known, else on the tick's
    /// thread.
    public func wait(
        for query: LongPollQuery, token: String, seen: Int, until end: Timestamp,
        completion: @escaping @Sendable (End) -> Void
    ) -> Admission {
        let waiter = Waiter(query: query, token: token, completion: completion)
        let (admission, now) = state.withLock { state -> (Admission, End?) in
            if state.isClosed { return (.answered, .over) }
            if query.isGone() { return (.answered, .gone) }
            if let now = LongPolls.end(of: query, by: recentEntries.after(seen)) { return (.answered, now) }
            guard state.longPolls.count < waitersMax,
                state.countByToken[token, default: 0] < waitersPerTokenMax
            else { return (.refused, nil) }
            return (.waiting(state.add(waiter, until: end)), nil)
        }
        if let now { completion(now) }
        return admission
    }

    /// Ends a poll whose client has gone, without a completion. Without effect on one that has ended.
    public func cancel(_ id: Int) {
        state.withLock { _ = $0.remove(id) }
    }

    /// Completes the polls of tokens that are no longer valid with `.revoked`.
    public func end(unless isValid: (_ token: String) -> Bool) {
        let revoked = state.withLock { state in
            let tokens = Set(state.countByToken.keys.filter { !isValid($0) })
            guard !tokens.isEmpty else { return [Waiter]() }
            let ids = state.longPolls.filter { tokens.contains($0.value.token) }.keys.sorted()
            return ids.compactMap { state.remove($0) }
        }
        for waiter in revoked { waiter.completion(.revoked) }
    }

    /// Returns whether a tick is needed: a long poll waits for one of the streams the commit appended to. Call after the entries are in
    /// `RecentEntries`. Never blocks.
    public func observe(_ entries: [StoredEntry]) -> Bool {
        guard let first = entries.first else { return false }
        return state.withLock { state in
            // Before the first commit there is nothing a tick could have missed.
            if state.looked == 0 { state.looked = first.position - 1 }
            return entries.contains { state.byStream[$0.stream] != nil }
        }
    }

    /// Completes polls that matched or timed out. Returns when the next one times out; `nil` when none waits.
    public func tick(at now: Timestamp) -> Timestamp? {
        let (ended, next) = state.withLock { state in
            // After the clock was set back, the polls would wait for that long as well.
            let isSetBack = state.latest.map { now < $0 } ?? false
            state.latest = now
            let over = isSetBack ? Timestamp(milliseconds: .max) : now
            return (state.takeMet(recentEntries) + state.takeOver(at: over), state.ends.next())
        }
        for (waiter, end) in ended { waiter.completion(end) }
        return next
    }

    /// The result of a query against newly committed entries (`nil`: evicted from memory); `nil` while nothing matches.
    fileprivate static func end(of query: LongPollQuery, by committed: (some Sequence<StoredEntry>)?) -> End?
    {
        guard let committed else { return .unknown }
        let met = committed.filter(query.isMet)
        guard !met.isEmpty else { return nil }
        // An entry and the message that replaces it may be in the same commit.
        return .entries(met, amendedBy: committed.filter { $0.amends != nil && $0.stream == query.stream })
    }

    /// Completes every waiting poll with `.over`, and every later one at once. Called at shutdown.
    public func close() {
        let longPolls = state.withLock { state in
            state.isClosed = true
            return state.longPolls.keys.sorted().compactMap { state.remove($0) }
        }
        for waiter in longPolls { waiter.completion(.over) }
    }
}

extension LongPolls.State {
    fileprivate mutating func add(_ waiter: LongPolls.Waiter, until end: Timestamp) -> Int {
        lastWaiter += 1
        longPolls[lastWaiter] = waiter
        byStream[waiter.query.stream, default: []].insert(lastWaiter)
        countByToken[waiter.token, default: 0] += 1
        ends.set(end, for: lastWaiter)
        return lastWaiter
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

    /// Removes and returns the polls that matched since the last tick, in order of arrival.
    fileprivate mutating func takeMet(_ recentEntries: RecentEntries) -> [(
        LongPolls.Waiter, LongPolls.End
    )] {
        let fresh = recentEntries.after(looked)
        looked = fresh.map { $0.last?.position ?? looked } ?? recentEntries.last
        // The new entries are grouped once, and only polls of those streams are checked: a flood of notes on other streams costs a poll
        // nothing.
        let concerned = fresh.map {
            Dictionary(grouping: $0.filter { byStream[$0.stream] != nil }, by: \.stream)
        }
        let ids =
            concerned.map { $0.keys.compactMap { byStream[$0] }.flatMap(\.self) } ?? Array(longPolls.keys)
        var ended: [(LongPolls.Waiter, LongPolls.End)] = []
        for id in ids.sorted() {
            guard let waiter = longPolls[id],
                let end = waiter.query.isGone()
                    ? .gone
                    : LongPolls.end(of: waiter.query, by: concerned.map { $0[waiter.query.stream] ?? [] })
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
