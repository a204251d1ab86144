@testable import Engine
import Documents
import Incidents
import Journal
import Model
import TestSupport
import Testing
import Time

/// The end of the journal in memory: what it still knows, and that it says when it does not.
struct RecentEntriesTests {
    private func entry(_ position: Int, seq: Int? = nil, of stream: StreamID = 1, bytes: Int = 0)
        -> StoredEntry
    {
        let moment = Timestamp(milliseconds: 1_700_000_000_000)
        return StoredEntry(
            position: position, stream: stream, seq: seq ?? position, id: "\(position)", kind: Note.kind,
            author: "a", postedBy: "a", occurredAt: moment, recordedAt: moment, visibility: .internal,
            facts: [], words: [UInt8](repeating: 0x20, count: bytes), salt: nil, wordsDigest: [], hash: [],
            onceKey: nil)
    }

    @Test func `a client that has seen less than is remembered is told so`() {
        let recentEntries = RecentEntries(entriesMax: 3)
        #expect(recentEntries.after(0)?.isEmpty == true)
        for position in 5...12 { recentEntries.append([entry(position)]) }
        #expect(recentEntries.after(8) == nil)
        #expect(recentEntries.after(9)?.map(\.position) == [10, 11, 12])
        #expect(recentEntries.after(9, limit: 2)?.map(\.position) == [10, 11])
        #expect(recentEntries.after(12)?.isEmpty == true)
        #expect(recentEntries.after(13) == nil, "the journal does not go so far")
        #expect(recentEntries.last == 12)
    }

    @Test func `long texts are remembered for a shorter while`() {
        let recentEntries = RecentEntries(bytesMax: 10_000)
        for position in 1...20 { recentEntries.append([entry(position, bytes: 2_000)]) }
        #expect(recentEntries.after(16)?.count == 4)
        #expect(recentEntries.after(15) == nil)
    }

    @Test func `after a start nothing is missing at the end, and nothing is known of before`() {
        let recentEntries = RecentEntries()
        recentEntries.start(at: 40)
        #expect(recentEntries.after(40)?.isEmpty == true)
        #expect(recentEntries.after(39) == nil)
        recentEntries.append([entry(41)])
        #expect(recentEntries.after(40)?.map(\.position) == [41])
        #expect(recentEntries.after(39) == nil)
        recentEntries.prepend((31...40).map { entry($0) })
        #expect(recentEntries.after(38)?.map(\.position) == [39, 40, 41])
        #expect(recentEntries.after(29) == nil)
    }

    @Test func `entries of documents are not held, and push out none of an incident`() {
        let page = StreamID(Document.self, 1)
        let recentEntries = RecentEntries(entriesMax: 3)
        recentEntries.start(at: 4)
        recentEntries.append([entry(5), entry(6, of: page), entry(7)])
        for position in 8...20 { recentEntries.append([entry(position, of: page, bytes: 20 << 20)]) }
        #expect(recentEntries.last == 20)
        #expect(recentEntries.after(4)?.map(\.position) == [5, 7])
        #expect(recentEntries.after(6)?.map(\.position) == [7])
        #expect(recentEntries.after(7)?.isEmpty == true && recentEntries.after(12)?.isEmpty == true)
        recentEntries.prepend([entry(1), entry(2, of: page), entry(3, of: page), entry(4, of: page)])
        #expect(recentEntries.after(0)?.map(\.position) == [1, 5, 7])
        recentEntries.append([entry(21)])
        #expect(recentEntries.after(0) == nil)
        #expect(recentEntries.after(1)?.map(\.position) == [5, 7, 21])
    }

    @Test func `what does not join is not prepended`() {
        let recentEntries = RecentEntries()
        recentEntries.start(at: 40)
        recentEntries.prepend([entry(38), entry(39)])
        #expect(recentEntries.after(39) == nil)
        recentEntries.append([entry(41)])
        recentEntries.prepend([entry(38), entry(39)])
        #expect(recentEntries.after(39) == nil)
    }

    @Test func `the entries of one incident come in order, and only those after a seq`() {
        let recentEntries = RecentEntries()
        recentEntries.append([
            entry(1, seq: 4), entry(2, seq: 1, of: 2), entry(3, seq: 5), entry(4, seq: 6),
            entry(5, seq: 2, of: 2),
        ])
        #expect(recentEntries.entries(of: 1, after: 4, limit: 10).map(\.seq) == [5, 6])
        #expect(recentEntries.entries(of: 1, after: 0, limit: 2).map(\.seq) == [4, 5])
        #expect(recentEntries.entries(of: 2, after: 2, limit: 10).isEmpty)
        #expect(recentEntries.entries(of: 3, after: 0, limit: 10).isEmpty)
    }
}
