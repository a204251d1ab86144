import Incidents
import Journal
import Time

/// Fills the memory from the store, before the first order: tokens, endpoints, open incidents, keys.
///
/// The service, the tests and the simulator start by this alone, so that a restart in a test is a restart.
public struct Startup {
    private static let pageSize = 500

    private let reader: any JournalReader
    private let board: Board
    private let directory: Directory
    private let lane: WriteLane
    private let scheduler: NagScheduler

    /// The parts to fill. Nobody may give orders to the lane before `load` has returned.
    public init(
        reader: any JournalReader, board: Board, directory: Directory, lane: WriteLane,
        scheduler: NagScheduler
    ) {
        self.reader = reader
        self.board = board
        self.directory = directory
        self.lane = lane
        self.scheduler = scheduler
    }

    /// Reads everything once. Throws `StoreFault`, or `UnreadableEntry` for a damaged journal. Blocks on the store.
    public func load(at now: Timestamp) throws {
        try directory.refresh()
        var open: [Published] = []
        var before: Int?
        while true {
            let rows = try reader.incidents(IncidentFilter(), before: before, limit: Startup.pageSize)
            for row in rows { open.append(try fold(row)) }
            guard rows.count == Startup.pageSize, let last = rows.last else { break }
            before = last.number
        }
        let head = try reader.head()
        // The last change to any incident is not later than the last entry: a tag of it is only ever too new, never stale.
        board.start(openTag: head.position, allTag: head.position, position: head.position)
        board.publish(open, position: head.position)
        scheduler.note(open)
        lane.load(keys: try reader.keys(since: now - KeyIndex.lifetime))
    }

    private func fold(_ row: IncidentRow) throws -> Published {
        var fold = Fold(row.id)
        var seq = 0
        while true {
            let page = try reader.entries(
                of: row.number, after: seq, kind: nil, visibility: nil, limit: Startup.pageSize)
            for entry in page {
                try fold.add(entry)
                seq = entry.seq
            }
            guard page.count == Startup.pageSize else { break }
        }
        guard let published = fold.published, published.incident.seq == row.seq else {
            throw StoreFault.broken(
                "\(Incident.ref(row.number)) does not fold to what its row says; drumbeat verify says more")
        }
        return published
    }
}
