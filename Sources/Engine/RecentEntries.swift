import Incidents
import Journal
import Model
import Synchronization

/// The newest entries of incidents, in memory. Works as a ring buffer: readers that follow the journal read here instead of the store
/// (design.md, "The board, bytes, tags").
///
/// Server-sent events and long polls read it. The lane appends after each commit, before the shelf shows the new state. It holds words as
/// committed, so redaction must clear them here too. Eviction is oldest first.
public final class RecentEntries: Sendable {
    /// Upper bound of entries held.
    public static let entriesMax = 10_000
    /// Upper bound of the bytes of facts and words held: texts may be long.
    public static let bytesMax = 16 << 20
    /// Entries loaded from the store at startup: stream clients reconnect within seconds of a restart.
    public static let entriesAtStart = 1_000

    private struct State {
        var entries: [StoredEntry] = []
        /// Number of evicted entries at the front. They are removed when they are half of the array, so that eviction is amortised O(1).
        var forgotten = 0
        var bytes = 0
        /// Position of the newest entry of the journal, held or not.
        var last = 0
        /// Every incident's entry after this position is held.
        var complete = 0
    }

    /// Whether an entry is held: streams and long polls show incidents only.
    private static func isHeld(_ entry: StoredEntry) -> Bool { Incident.number(of: entry.stream) != nil }

    private let state = Mutex(State())
    private let entriesMax: Int
    private let bytesMax: Int

    /// The parameters lower the limits for tests.
    public init(entriesMax: Int = RecentEntries.entriesMax, bytesMax: Int = RecentEntries.bytesMax) {
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    /// Sets the end of the journal at startup.
    public func start(at position: Int) {
        state.withLock {
            $0.last = max($0.last, position)
            $0.complete = max($0.complete, position)
        }
    }

    /// Position of the newest entry of the journal.
    public var last: Int { state.withLock { $0.last } }

    /// Appends committed entries, in order of position.
    public func append(_ committed: [StoredEntry]) {
        guard let newest = committed.last else { return }
        let held = committed.filter(RecentEntries.isHeld)
        state.withLock { state in
            state.last = newest.position
            state.entries += held
            state.bytes += held.reduce(0) { $0 + $1.size }
            while state.entries.count - state.forgotten > entriesMax || state.bytes > bytesMax,
                state.forgotten < state.entries.count - 1
            {
                state.bytes -= state.entries[state.forgotten].size
                state.complete = state.entries[state.forgotten].position
                state.forgotten += 1
            }
            if state.forgotten > state.entries.count / 2 {
                state.entries.removeFirst(state.forgotten)
                state.forgotten = 0
            }
        }
    }

    /// Inserts entries from the store before those in memory, once after startup. Ignored if they are not contiguous, would exceed a
    /// limit, or entries were evicted already.
    public func prepend(_ earlier: [StoredEntry]) {
        guard let oldest = earlier.first, let newest = earlier.last else { return }
        let held = earlier.filter(RecentEntries.isHeld)
        state.withLock { state in
            let bytes = held.reduce(0) { $0 + $1.size }
            guard state.complete == newest.position, state.entries.count + held.count <= entriesMax,
                state.bytes + bytes <= bytesMax
            else { return }
            state.entries.insert(contentsOf: held, at: state.forgotten)
            state.bytes += bytes
            state.complete = oldest.position - 1
        }
    }

    /// The first entries after a position, at most `limit`; `nil` when some of them were evicted, or the position is beyond the journal's
    /// end.
    public func after(_ position: Int, limit: Int = .max) -> [StoredEntry]? {
        state.withLock { state in
            guard position <= state.last, position >= state.complete else { return nil }
            if position == state.last { return [] }
            let kept = state.entries[state.forgotten...]
            return Array(kept[kept.partitioningIndex { $0.position > position }...].prefix(limit))
        }
    }

    /// The first entries of one stream after a seq, at most `limit`, of those in memory. The caller must check the seqs for a gap.
    public func entries(of stream: StreamID, after seq: Int, limit: Int) -> [StoredEntry] {
        state.withLock { state in
            var found: [StoredEntry] = []
            // Backwards: the entries asked for are nearly always near the end.
            for entry in state.entries[state.forgotten...].reversed() where entry.stream == stream {
                if entry.seq <= seq { break }
                found.append(entry)
            }
            return Array(found.reversed().prefix(limit))
        }
    }

    /// Whether the entry with that seq is in memory.
    public func holds(_ seq: Int, of stream: StreamID) -> Bool {
        entries(of: stream, after: seq - 1, limit: 1).first?.seq == seq
    }
}
