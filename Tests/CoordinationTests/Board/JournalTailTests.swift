@testable import Coordination
import Incidents
import Journal
import Testing
import Time

/// The end of the journal in memory: what it still knows, and that it says when it does not.
struct JournalTailTests {
    private func entry(_ position: Int, seq: Int? = nil, incident: Int = 1, bytes: Int = 0) -> StoredEntry {
        let moment = Timestamp(milliseconds: 1_700_000_000_000)
        return StoredEntry(
            position: position, incident: incident, seq: seq ?? position, id: "\(position)", kind: .note,
            author: "a", postedBy: "a", occurredAt: moment, recordedAt: moment, visibility: .internal,
            facts: [], words: [UInt8](repeating: 0x20, count: bytes), salt: nil, wordsDigest: [], hash: [],
            onceKey: nil)
    }

    @Test func `whoever has seen less than is remembered is told so`() {
        let tail = JournalTail(entriesMax: 3)
        #expect(tail.after(0)?.isEmpty == true)
        for position in 5...12 { tail.append([entry(position)]) }
        #expect(tail.after(8) == nil)
        #expect(tail.after(9)?.map(\.position) == [10, 11, 12])
        #expect(tail.after(9, limit: 2)?.map(\.position) == [10, 11])
        #expect(tail.after(12)?.isEmpty == true)
        #expect(tail.after(13) == nil, "the journal does not go so far")
        #expect(tail.last == 12)
    }

    @Test func `long texts are remembered for a shorter while`() {
        let tail = JournalTail(bytesMax: 10_000)
        for position in 1...20 { tail.append([entry(position, bytes: 2_000)]) }
        #expect(tail.after(16)?.count == 4)
        #expect(tail.after(15) == nil)
    }

    @Test func `after a start nothing is missing at the end, and nothing is known of before`() {
        let tail = JournalTail()
        tail.start(at: 40)
        #expect(tail.after(40)?.isEmpty == true)
        #expect(tail.after(39) == nil)
        tail.append([entry(41)])
        #expect(tail.after(40)?.map(\.position) == [41])
        #expect(tail.after(39) == nil)
        tail.prepend((31...40).map { entry($0) })
        #expect(tail.after(38)?.map(\.position) == [39, 40, 41])
        #expect(tail.after(29) == nil)
    }

    @Test func `what does not join is not prepended`() {
        let tail = JournalTail()
        tail.start(at: 40)
        tail.prepend([entry(38), entry(39)])
        #expect(tail.after(39) == nil)
        tail.append([entry(41)])
        tail.prepend([entry(38), entry(39)])
        #expect(tail.after(39) == nil)
    }

    @Test func `the entries of one incident come in order, and only those after a seq`() {
        let tail = JournalTail()
        tail.append([
            entry(1, seq: 4), entry(2, seq: 1, incident: 2), entry(3, seq: 5), entry(4, seq: 6),
            entry(5, seq: 2, incident: 2),
        ])
        #expect(tail.entries(of: 1, after: 4, limit: 10).map(\.seq) == [5, 6])
        #expect(tail.entries(of: 1, after: 0, limit: 2).map(\.seq) == [4, 5])
        #expect(tail.entries(of: 2, after: 2, limit: 10).isEmpty)
        #expect(tail.entries(of: 3, after: 0, limit: 10).isEmpty)
    }
}
