import Journal
import Model
import Synchronization

/// The end of the journal, in memory: what follows it reads here instead of the store (design.md, "The board, bytes, tags").
///
/// Streams and long polls read it; the lane appends after each commit, before the shelf shows what came of it. It holds words as they were
/// committed, so whoever erases words must clear them here too.
public final class RecentEntries: Sendable {
    /// How many entries it holds.
    public static let entriesMax = 10_000
    /// How many bytes of facts and words: texts may be long.
    public static let bytesMax = 16 << 20
    /// How many it takes over from the store after a start: who listened before the start comes back within seconds.
    public static let entriesAtStart = 1_000

    private struct State {
        var entries: [StoredEntry] = []
        /// How many at the front are forgotten; they are cut off when they are half of all, so that forgetting stays cheap.
        var forgotten = 0
        var bytes = 0
        /// The position of the newest, also while there is none here.
        var last = 0
    }

    private let state = Mutex(State())
    private let entriesMax: Int
    private let bytesMax: Int

    /// Nothing is known yet. The maxima are for tests.
    public init(entriesMax: Int = RecentEntries.entriesMax, bytesMax: Int = RecentEntries.bytesMax) {
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    /// Says where the journal ends at a start.
    public func start(at position: Int) {
        state.withLock { $0.last = max($0.last, position) }
    }

    /// The position of the newest entry.
    public var last: Int { state.withLock { $0.last } }

    /// Adds what a commit appended, in the order of its positions.
    public func append(_ committed: [StoredEntry]) {
        guard let newest = committed.last else { return }
        state.withLock { state in
            state.last = newest.position
            state.entries += committed
            state.bytes += committed.reduce(0) { $0 + $1.size }
            while state.entries.count - state.forgotten > entriesMax || state.bytes > bytesMax,
                state.forgotten < state.entries.count - 1
            {
                state.bytes -= state.entries[state.forgotten].size
                state.forgotten += 1
            }
            if state.forgotten > state.entries.count / 2 {
                state.entries.removeFirst(state.forgotten)
                state.forgotten = 0
            }
        }
    }

    /// Adds, once after a start, what the store has from before what is here; not when they do not join, or something is forgotten already.
    public func prepend(_ earlier: [StoredEntry]) {
        guard let newest = earlier.last else { return }
        state.withLock { state in
            let joins =
                state.entries.first.map { $0.position == newest.position + 1 }
                ?? (state.last == newest.position)
            let bytes = earlier.reduce(0) { $0 + $1.size }
            guard joins, state.forgotten == 0, state.entries.count + earlier.count <= entriesMax,
                state.bytes + bytes <= bytesMax
            else { return }
            state.entries.insert(contentsOf: earlier, at: 0)
            state.bytes += bytes
        }
    }

    /// The first entries after a position, at most `limit`; `nil` when some of them are forgotten, or the journal does not go so far.
    public func after(_ position: Int, limit: Int = .max) -> [StoredEntry]? {
        state.withLock { state in
            guard position <= state.last else { return nil }
            if position == state.last { return [] }
            let kept = state.entries[state.forgotten...]
            guard let first = kept.first, position >= first.position - 1 else { return nil }
            return Array(kept.dropFirst(position - first.position + 1).prefix(limit))
        }
    }

    /// The first entries of one stream after a seq, at most `limit`, of those that are not forgotten: whoever asks sees by their seqs
    /// whether one is missing.
    public func entries(of stream: StreamID, after seq: Int, limit: Int) -> [StoredEntry] {
        state.withLock { state in
            var found: [StoredEntry] = []
            // From the end: what is asked for is nearly always near it.
            for entry in state.entries[state.forgotten...].reversed() where entry.stream == stream {
                if entry.seq <= seq { break }
                found.append(entry)
            }
            return Array(found.reversed().prefix(limit))
        }
    }

    /// Whether the entry of that seq is here.
    public func holds(_ seq: Int, of stream: StreamID) -> Bool {
        entries(of: stream, after: seq - 1, limit: 1).first?.seq == seq
    }
}
