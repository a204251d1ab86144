@testable import Engine
import Incidents
import Journal
import Model
import Synchronization
import Testing
import Time

/// Waiting for the next entry of a timeline, step by step.
struct LongPollsTests {
    private final class Ends: Sendable {
        private let all = Mutex<[String]>([])
        /// Whether the stream has gone for the callers.
        let isGone = Mutex(false)

        /// Each end as text: the seqs, or how else it came.
        var list: [String] { all.withLock { $0 } }

        func record(_ end: LongPolls.End) {
            let text =
                switch end {
                case .entries(let entries, amendedBy: _): "\(entries.map(\.seq))"
                case .unknown: "unknown"
                case .over: "over"
                case .revoked: "revoked"
                case .gone: "gone"
                }
            all.withLock { $0.append(text) }
        }
    }

    private let start = Timestamp(milliseconds: 1_700_000_000_000)
    private let recentEntries: RecentEntries
    private let longPolls: LongPolls
    private let ends = Ends()

    init() {
        recentEntries = RecentEntries()
        longPolls = LongPolls(recentEntries: recentEntries)
    }

    /// What the lane does after a commit.
    private func observe(_ entries: [StoredEntry]) -> Bool {
        recentEntries.append(entries)
        return longPolls.observe(entries)
    }

    private func entry(
        _ position: Int, seq: Int, of stream: StreamID = 1, kind: EntryKind = Note.kind,
        visibility: Visibility = .internal, bytes: Int = 0
    ) -> StoredEntry {
        StoredEntry(
            position: position, stream: stream, seq: seq, id: "\(position)", kind: kind, author: "a",
            postedBy: "a", occurredAt: start, recordedAt: start, visibility: visibility, facts: [],
            words: [UInt8](repeating: 0x20, count: bytes), salt: nil, wordsDigest: [], hash: [], onceKey: nil)
    }

    @discardableResult
    private func wait(
        after seq: Int, of stream: StreamID = 1, kind: EntryKind? = nil, visibility: Visibility? = nil,
        seen: Int = 0, token: String = "tok", seconds: Int = 30
    ) -> Bool {
        longPolls.wait(
            for: .init(
                of: stream, after: seq, matching: TimelineFilter(kind: kind, visibility: visibility),
                isGone: { [ends] in ends.isGone.withLock { $0 } }),
            token: token,
            seen: seen, until: start + .seconds(seconds)
        ) { [ends] in ends.record($0) } != .refused
    }

    @Test func `a poll whose client has gone gives up its place, and is not completed`() throws {
        var ids: [Int] = []
        for _ in 0..<2 {
            let admission = longPolls.wait(
                for: .init(of: 1, after: 1, matching: TimelineFilter(), isGone: { false }), token: "tok",
                seen: 0,
                until: start + .seconds(30)
            ) { [ends] in ends.record($0) }
            guard case .waiting(let id) = admission else {
                Issue.record("\(admission)")
                return
            }
            ids.append(id)
        }
        longPolls.cancel(try #require(ids.first))
        longPolls.cancel(try #require(ids.first))
        #expect(longPolls.count == 1)
        _ = observe([entry(2, seq: 2)])
        _ = longPolls.tick(at: start)
        #expect(ends.list == ["[2]"])
    }

    @Test func `the polls of a token that is no longer valid end, and no others`() {
        wait(after: 1, token: "gone")
        wait(after: 1, token: "gone")
        wait(after: 1, token: "good")
        longPolls.end { $0 == "good" }
        #expect(ends.list == ["revoked", "revoked"])
        #expect(longPolls.count == 1)
        longPolls.end { $0 == "good" }
        #expect(longPolls.count == 1)
    }

    @Test func `a wait ends with the entries that came, once`() {
        wait(after: 1)
        #expect(observe([entry(2, seq: 2), entry(3, seq: 3)]))
        #expect(ends.list == [])
        #expect(longPolls.tick(at: start) == nil)
        #expect(ends.list == ["[2, 3]"])
        _ = observe([entry(4, seq: 4)])
        _ = longPolls.tick(at: start + .seconds(60))
        #expect(ends.list == ["[2, 3]"])
    }

    @Test func `an entry committed between the reading and the waiting ends the wait at once`() {
        #expect(!observe([entry(8, seq: 2)]))
        wait(after: 1, seen: 7)
        #expect(ends.list == ["[2]"])
        #expect(longPolls.count == 0)
        // What the reading saw already is no news.
        wait(after: 2, seen: 8)
        #expect(ends.list.count == 1)
        #expect(longPolls.count == 1)
    }

    @Test func `only what matches in incident, seq, kind and visibility ends a wait`() {
        wait(after: 5, kind: Finding.kind, visibility: .public)
        _ = observe([
            entry(1, seq: 5, kind: Finding.kind, visibility: .public), entry(2, seq: 6, visibility: .public),
            entry(3, seq: 7, kind: Finding.kind),
            entry(4, seq: 9, of: 2, kind: Finding.kind, visibility: .public),
        ])
        _ = longPolls.tick(at: start)
        #expect(ends.list == [])
        _ = observe([entry(5, seq: 8, kind: Finding.kind, visibility: .public)])
        _ = longPolls.tick(at: start)
        #expect(ends.list == ["[8]"])
    }

    @Test func `a commit on another incident asks for no tick`() {
        wait(after: 1)
        #expect(!observe([entry(1, seq: 2, of: 2)]))
        #expect(observe([entry(2, seq: 2)]))
    }

    @Test func `a wait is over when its time is up, and not before`() {
        wait(after: 1, seconds: 30)
        wait(after: 1, seconds: 10)
        #expect(longPolls.tick(at: start) == start + .seconds(10))
        #expect(longPolls.tick(at: start + .seconds(10)) == start + .seconds(30))
        #expect(ends.list == ["over"])
        #expect(longPolls.tick(at: start + .seconds(30)) == nil)
        #expect(ends.list == ["over", "over"])
        #expect(longPolls.count == 0)
    }

    @Test func `the end of the service ends every wait, and each that comes later at once`() {
        wait(after: 1)
        wait(after: 1)
        longPolls.close()
        #expect(ends.list == ["over", "over"])
        #expect(wait(after: 1))
        #expect(ends.list == ["over", "over", "over"])
    }

    @Test func `beyond the maxima no one waits, and a poll that ends makes room`() {
        let small = LongPolls(recentEntries: recentEntries, waitersMax: 3, waitersPerTokenMax: 2)
        func admit(_ token: String, seconds: Int) -> Bool {
            small.wait(
                for: .init(of: 1, after: 1, matching: TimelineFilter(), isGone: { false }), token: token,
                seen: 0,
                until: start + .seconds(seconds)
            ) { _ in } != .refused
        }
        #expect(admit("a", seconds: 10))
        #expect(admit("a", seconds: 20))
        #expect(!admit("a", seconds: 30))
        #expect(admit("b", seconds: 30))
        #expect(!admit("c", seconds: 30))
        _ = small.tick(at: start + .seconds(10))
        #expect(admit("a", seconds: 30))
        #expect(small.count == 3)
    }

    @Test
    func `a poll of a stream that is gone for its caller ends with the next entry, whatever it waits for`() {
        #expect(observe([entry(1, seq: 1)]) == false)
        wait(after: 1, kind: Finding.kind, seen: 1)
        wait(after: 1, of: 2, seen: 1)
        ends.isGone.withLock { $0 = true }
        #expect(observe([entry(2, seq: 2)]))
        _ = longPolls.tick(at: start)
        #expect(ends.list == ["gone"], "the other stream had no entry")
        wait(after: 2, seen: 2)
        #expect(ends.list == ["gone", "gone"], "and none waits from then on")
        #expect(longPolls.count == 1)
    }
}
