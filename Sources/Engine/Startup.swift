import Incidents
import Journal
import Time

/// Fills the memory from the store, before the first order: tokens, webhooks, open incidents, keys.
///
/// The service, the tests and the simulator start by this alone, so that a restart in a test is a restart.
public struct Startup {
    private static let pageSize = 500

    private let reader: any JournalReader
    private let board: Board
    private let credentials: CredentialCache
    private let lane: WriteLane
    private let scheduler: NagScheduler

    /// The parts to fill. Nobody may give orders to the lane before `load` has returned.
    public init(
        reader: any JournalReader, board: Board, credentials: CredentialCache, lane: WriteLane,
        scheduler: NagScheduler
    ) {
        self.reader = reader
        self.board = board
        self.credentials = credentials
        self.lane = lane
        self.scheduler = scheduler
    }

    /// Reads everything once. Throws `StoreFault`, `.broken` for a damaged journal. Blocks on the store.
    public func load(at now: Timestamp) throws {
        try credentials.refresh()
        var open: [IncidentSnapshot] = []
        var before: Int?
        while true {
            let rows = try reader.incidents(IncidentFilter(), before: before, limit: Startup.pageSize)
            try Startup.checkOrder(of: rows, below: before)
            open += try fold(rows)
            guard rows.count == Startup.pageSize, let last = rows.last else { break }
            before = last.number
        }
        let head = try reader.head()
        // The last change to any incident is not later than the last entry: a tag of it is only ever too new, never stale.
        board.start(openTag: head.position, allTag: head.position, position: head.position)
        lane.context.recentEntries.start(at: head.position)
        // In ascending order each lands at the end of the board's list, in descending order at its front.
        board.store(open.reversed(), position: head.position)
        scheduler.observe(open)
        lane.load(keys: try reader.keys(since: now - KeyIndex.lifetime))
    }

    /// Throws `StoreFault.broken` unless each number is lower than the one before, as the store promises: a file with a damaged index may
    /// give a row twice or out of its place, and what is folded here is found by its number.
    static func checkOrder(of rows: [IncidentRow], below limit: Int?) throws(StoreFault) {
        var limit = limit
        for row in rows {
            if let limit, row.number >= limit {
                throw .broken(
                    "\(Incident.ref(row.number)) is stored twice or out of its place; drumbeat verify says more"
                )
            }
            limit = row.number
        }
    }

    /// Folds what shapes the incidents, with the last plain entry in its place among it; those before it leave no trace.
    private func fold(_ rows: [IncidentRow]) throws -> [IncidentSnapshot] {
        guard let newest = rows.first, let oldest = rows.last else { return [] }
        let numbers = oldest.number...newest.number
        var plain: [Int: StoredEntry] = [:]
        try reader.lastPlainEntries(ofOpen: numbers) { plain[$0.incident] = $0 }
        var folds = Dictionary(
            rows.map { ($0.number, Fold($0.id)) }, uniquingKeysWith: { first, _ in first })
        var fault: StoreFault?
        func add(_ entry: StoredEntry) {
            guard fault == nil else { return }
            do throws(UnreadableEntry) {
                try folds[entry.incident]?.add(entry)
            } catch {
                fault = .broken(
                    "\(Incident.ref(entry.incident)) is damaged at seq \(entry.seq): \(error.detail); drumbeat verify says more"
                )
            }
        }
        try reader.shapingEntries(ofOpen: numbers) { entry in
            if let last = plain[entry.incident], last.seq < entry.seq {
                plain[entry.incident] = nil
                add(last)
            }
            add(entry)
        }
        for last in plain.values { add(last) }
        if let fault { throw fault }
        return try rows.map { row in
            guard let snapshot = folds[row.number]?.snapshot, snapshot.incident.seq == row.seq else {
                throw StoreFault.broken(
                    "\(Incident.ref(row.number)) does not fold to what its row says; drumbeat verify says more"
                )
            }
            return snapshot
        }
    }
}
