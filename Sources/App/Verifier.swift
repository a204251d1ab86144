import Documents
import Incidents
import Journal
import Model
import Storage
import Time

/// Verifies a whole journal: the file's pages, the hash chains, and every row against its fold.
public struct Verifier {
    public struct Report: Sendable {
        /// Number of incidents checked.
        public var incidents = 0
        /// Number of documents checked.
        public var documents = 0
        /// Number of entries checked.
        public var entries = 0
        /// Number of redacted entries.
        public var redacted = 0
        /// The faults found; at most the first of each stream.
        public var faults: [String] = []
    }

    private static let pageSize = 1_000
    private let reader: SQLiteReader

    public init(_ reader: SQLiteReader) {
        self.reader = reader
    }

    /// Reads everything once, in order of position; `progress` is passed the number of checked entries.
    public func run(progress: (Int) -> Void) throws(StoreFault) -> Report {
        var report = Report()
        report.faults += try reader.integrityFaults()
        report.faults += try reader.unreadableRows()
        var streams: [StreamID: any StreamCheck] = [:]
        var position = 0
        while true {
            let page = try reader.entries(afterPosition: position, limit: Verifier.pageSize)
            for entry in page {
                if entry.position != position + 1 {
                    report.faults.append(
                        "position \(position + 1) is missing: the next entry is at \(entry.position)")
                }
                position = entry.position
                report.entries += 1
                if entry.words == nil { report.redacted += 1 }
                if streams[entry.stream] == nil { streams[entry.stream] = try begin(entry.stream) }
                streams[entry.stream]?.add(entry)
            }
            progress(report.entries)
            guard page.count == Verifier.pageSize else { break }
        }
        for check in streams.values.sorted(by: { $0.stream < $1.stream }) {
            if let fault = check.fault ?? check.rowFault { report.faults.append(fault) }
        }
        report.faults += try orphans { streams[$0] == nil }
        report.incidents = streams.keys.count { Incident.number(of: $0) != nil }
        report.documents = streams.keys.count { Document.number(of: $0) != nil }
        return report
    }

    private func begin(_ stream: StreamID) throws(StoreFault) -> any StreamCheck {
        if let number = Incident.number(of: stream) {
            let row = try reader.incident(number)
            return AggregateCheck<Incident>(stream, id: row?.id.text) { snapshot in
                row?.fits(IncidentRow(snapshot.state, changedPosition: snapshot.lastChange.counter)) ?? false
            }
        }
        if let number = Document.number(of: stream) {
            let row = try reader.document(number)
            return AggregateCheck<Document>(stream, id: row?.id) { snapshot in
                row == Document.row(of: snapshot) as? DocumentRow
            }
        }
        return UnknownAggregate(stream: stream)
    }

    /// Rows without entries.
    private func orphans(_ isMissing: (StreamID) -> Bool) throws(StoreFault) -> [String] {
        var faults: [String] = []
        func note(_ stream: StreamID, _ ref: String) {
            if isMissing(stream) { faults.append("\(ref): it has a row and no entries") }
        }
        var filter = IncidentFilter()
        filter.state = .all
        var before: Int?
        while true {
            let rows = try reader.incidents(filter, before: before, limit: Verifier.pageSize)
            for row in rows { note(row.stream, Incident.ref(row.number)) }
            guard rows.count == Verifier.pageSize, let last = rows.last else { break }
            before = last.number
        }
        var after = 0
        while true {
            let numbers = try reader.documents(after: after, limit: Verifier.pageSize)
            for number in numbers { note(StreamID(Document.self, number), Document.ref(number)) }
            guard numbers.count == Verifier.pageSize, let last = numbers.last else { break }
            after = last
        }
        return faults
    }
}

/// Verification of one stream.
private protocol StreamCheck {
    var stream: StreamID { get }
    /// The first fault.
    var fault: String? { get }
    /// A mismatch between row and fold.
    var rowFault: String? { get }
    mutating func add(_ entry: StoredEntry)
}

private struct AggregateCheck<State: Aggregate>: StreamCheck {
    let stream: StreamID
    private var fold: Fold<State>
    private(set) var fault: String?
    private let hasRow: Bool
    /// Whether the row matches the fold.
    private let fits: (Snapshot<State>) -> Bool

    /// Without a row there is no id, and so no chain: reported once, the rest of the stream is skipped.
    init(_ stream: StreamID, id: String?, fits: @escaping (Snapshot<State>) -> Bool) {
        self.stream = stream
        self.fits = fits
        hasRow = id != nil
        fold = Fold(stream, id: id ?? "")
    }

    mutating func add(_ entry: StoredEntry) {
        guard fault == nil else { return }
        if let flaw = flaw(of: entry) { fault = "\(State.ref(of: stream)) seq \(entry.seq): \(flaw)" }
    }

    private mutating func flaw(of entry: StoredEntry) -> String? {
        guard hasRow else { return "it has no row" }
        if let flaw = Chain.flaw(of: entry, in: fold.id, seq: fold.seq + 1, after: fold.hash) { return flaw }
        if (entry.words == nil) != (entry.salt == nil) {
            return "it has words without salt or salt without words; a redaction erases both"
        }
        do throws(UnreadableEntry) {
            try fold.add(entry)
            if let payload = try entry.payload(of: State.self), payload.amends != entry.amends {
                return "its amends column does not match its facts"
            }
        } catch {
            return error.detail
        }
        return nil
    }

    var rowFault: String? {
        // A row written by a newer version may say more than this version can fold.
        guard let snapshot = fold.snapshot, snapshot.newerKind == nil, !fits(snapshot) else { return nil }
        return "\(State.ref(of: stream)): its row does not match the fold of its \(snapshot.seq) entries"
    }
}

/// A stream of an aggregate that this version does not know.
private struct UnknownAggregate: StreamCheck {
    let stream: StreamID
    var fault: String? { "stream \(stream): its aggregate is unknown to this version" }
    var rowFault: String? { nil }
    mutating func add(_ entry: StoredEntry) {}
}
