import Documents
import Incidents
import Journal
import Model
import Time

/// Loads the memory from the store before the first request: tokens, webhooks, open incidents, documents, idempotency keys.
///
/// The service, the tests and the simulator all start through this, so that a restart in a test is a real restart.
public struct Startup {
    private static let pageSize = 500

    private let reader: any JournalReader
    private let incidents: Shelf<Incident>
    private let documents: StateLoader<Document>
    private let credentials: CredentialCache
    private let lane: WriteLane
    private let scheduler: Scheduler<Incident>

    /// The lane must not be used before `load` has returned.
    public init(
        reader: any JournalReader, incidents: Shelf<Incident>, documents: StateLoader<Document>,
        credentials: CredentialCache, lane: WriteLane,
        scheduler: Scheduler<Incident>
    ) {
        self.reader = reader
        self.incidents = incidents
        self.documents = documents
        self.credentials = credentials
        self.lane = lane
        self.scheduler = scheduler
    }

    /// Loads everything once. Throws `StoreFault`, `.broken` for a damaged journal. Blocks on the store.
    public func load(at now: Timestamp) throws {
        try credentials.refresh()
        credentials.passTime(now)
        var open: [IncidentSnapshot] = []
        var before: Int?
        while true {
            let rows = try reader.incidents(IncidentFilter(), before: before, limit: Startup.pageSize)
            try Startup.checkOrder(of: rows, below: before)
            open += try fold(rows)
            guard rows.count == Startup.pageSize, let last = rows.last else { break }
            before = last.number
        }
        let ended = try foldEnded()
        let head = try reader.head()
        // The last change to any incident is not later than the last entry, so this may be too new but never stale. In ascending
        // order each insertion appends to the shelf's list; in descending order each would shift it.
        let newest = Validator(counter: head.position, ofHash: try entry(at: head.position)?.hash)
        for (number, id) in try reader.confidentialIncidents() { incidents.confidential.hide(number, id: id) }
        incidents.load(open.reversed(), asOf: newest)
        incidents.load(ended.reversed(), asOf: newest)
        documents.shelf.load(try loadDocuments(), asOf: newest)
        lane.context.recentEntries.start(at: head.position)
        lane.context.position.advance(to: head.position)
        scheduler.observe(open + ended)
        lane.load(clockStep: try stepBack(to: now, open + ended))
        lane.load(keys: try reader.keys(since: now - KeyIndex.lifetime))
    }

    /// By how much the clock was set back since the last run, as far as the newest entry tells. Zero when no open incident lies ahead of
    /// the clock.
    private func stepBack(to now: Timestamp, _ awake: [IncidentSnapshot]) throws -> Duration {
        let newest = awake.map(\.recordedAt).max() ?? now
        guard newest > now + ClockSteps.tolerance else { return .zero }
        let last = try entry(at: lane.context.position.value)?.recordedAt ?? newest
        return max(newest, last) - now
    }

    private func entry(at position: Int) throws(StoreFault) -> StoredEntry? {
        try reader.entries(afterPosition: position - 1, limit: 1).first
    }

    /// The ended incidents about which a nag is due.
    private func foldEnded() throws -> [IncidentSnapshot] {
        let loader = StateLoader(reader: reader, shelf: incidents)
        var ended: [IncidentSnapshot] = []
        var before: Int?
        while true {
            let rows = try reader.endedWithAlarm(before: before, limit: Startup.pageSize)
            try Startup.checkOrder(of: rows, below: before)
            ended += try rows.compactMap { try loader.snapshot($0.number) }
            guard rows.count == Startup.pageSize, let last = rows.last else { return ended }
            before = last.number
        }
    }

    /// The documents that can be folded. A damaged page must not block incidents; a read of it reports the damage.
    private func loadDocuments() throws -> [Snapshot<Document>] {
        try reader.openDocuments().compactMap { number, key in
            do {
                return try documents.snapshot(number)
            } catch let fault as UnreadableEntry {
                lane.context.log(
                    .error, "document.damaged", [("document", key), ("error", fault.detail)])
                return nil
            }
        }
    }

    /// Throws `StoreFault.broken` unless the numbers are strictly descending, as the store promises. A file with a damaged index may
    /// return a row twice or out of place, and folds are found by number.
    static func checkOrder(of rows: [IncidentRow], below limit: Int?) throws(StoreFault) {
        var limit = limit
        for row in rows {
            if let limit, row.number >= limit {
                throw .broken(
                    "\(Incident.ref(row.number)) is stored twice or out of order; run drumbeat verify"
                )
            }
            limit = row.number
        }
    }

    /// Folds the shaping entries, with the last plain entry in its place among them, unless it is one of them; earlier plain entries leave
    /// no trace in the state.
    private func fold(_ rows: [IncidentRow]) throws -> [IncidentSnapshot] {
        guard let newest = rows.first, let oldest = rows.last else { return [] }
        let numbers = oldest.number...newest.number
        var plain: [Int: StoredEntry] = [:]
        try reader.lastPlainEntries(ofOpen: numbers) { plain[$0.stream.number] = $0 }
        var folds = Dictionary(
            rows.map { ($0.number, Fold<Incident>($0.stream, id: $0.id.text)) },
            uniquingKeysWith: { first, _ in first })
        var fault: StoreFault?
        func add(_ entry: StoredEntry) {
            guard fault == nil else { return }
            do throws(UnreadableEntry) {
                try folds[entry.stream.number]?.add(entry)
            } catch {
                fault = .broken(
                    "\(Incident.ref(entry.stream.number)) is damaged at seq \(entry.seq): \(error.detail); run drumbeat verify"
                )
            }
        }
        try reader.shapingEntries(ofOpen: numbers) { entry in
            if let last = plain[entry.stream.number], last.seq <= entry.seq {
                plain[entry.stream.number] = nil
                if last.seq < entry.seq { add(last) }
            }
            add(entry)
        }
        for last in plain.values { add(last) }
        if let fault { throw fault }
        return try rows.map { row in
            guard let snapshot = folds[row.number]?.snapshot, snapshot.seq == row.seq else {
                throw StoreFault.broken(
                    "\(Incident.ref(row.number)) does not match the fold of its entries; run drumbeat verify"
                )
            }
            // A row that does not know the last progress leaves only to fold all entries.
            return try row.completed(snapshot)
                ?? StateLoader(reader: reader, shelf: incidents).snapshot(row.number) ?? snapshot
        }
    }
}
