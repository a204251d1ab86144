import Incidents
import Journal
import Model
import Storage
import Time

/// Checks a whole journal: the pages of the file, every link of every chain, every row against its fold.
public struct Verifier {
    /// What was found.
    public struct Report: Sendable {
        /// How many incidents were checked.
        public var incidents = 0
        /// How many entries were checked.
        public var entries = 0
        /// How many of them have had their words erased.
        public var redacted = 0
        /// What does not fit, in words; the first for each incident.
        public var faults: [String] = []
    }

    private struct Progress {
        var fold: Fold<Incident>
        var failed = false
    }

    private static let pageSize = 1_000
    private let reader: SQLiteReader

    /// A verifier of what a reader sees.
    public init(_ reader: SQLiteReader) {
        self.reader = reader
    }

    /// Reads everything once, in order of position; `progress` is told how many entries were checked.
    public func run(progress: (Int) -> Void) throws(StoreFault) -> Report {
        var report = Report()
        report.faults += try reader.integrityFaults()
        report.faults += try reader.unreadableRows()
        var incidents: [StreamID: Progress] = [:]
        var position = 0
        while true {
            let page = try reader.entries(afterPosition: position, limit: Verifier.pageSize)
            for entry in page {
                if entry.position != position + 1 {
                    report.faults.append(
                        "position \(position + 1) is missing: the next entry stands at \(entry.position)")
                }
                position = entry.position
                try check(entry, &incidents, &report)
            }
            progress(report.entries)
            guard page.count == Verifier.pageSize else { break }
        }
        for progress in incidents.values.sorted(by: { $0.fold.stream < $1.fold.stream })
        where !progress.failed {
            try checkRow(progress, &report)
        }
        try findOrphans(incidents, &report)
        report.incidents = incidents.count
        return report
    }

    private func check(
        _ entry: StoredEntry, _ incidents: inout [StreamID: Progress], _ report: inout Report
    ) throws(StoreFault) {
        report.entries += 1
        if entry.words == nil { report.redacted += 1 }
        if incidents[entry.stream] == nil {
            // Without a row there is no id, and so no chain: it is said once, and the rest of it passed over.
            let row = try Incident.number(of: entry.stream).flatMap { (number) throws(StoreFault) in
                try reader.incident(number)
            }
            incidents[entry.stream] = Progress(
                fold: Fold(entry.stream, id: row?.id.text ?? ""), failed: row == nil)
            if row == nil {
                report.faults.append(
                    "\(Incident.ref(of: entry.stream)) seq \(entry.seq): the incident has no row")
            }
        }
        guard var progress = incidents.removeValue(forKey: entry.stream) else { return }
        defer { incidents[entry.stream] = progress }
        guard !progress.failed else { return }
        let expected = progress.fold.seq + 1
        var flaw = Chain.flaw(of: entry, in: progress.fold.id, seq: expected, after: progress.fold.hash)
        if flaw == nil, (entry.words == nil) != (entry.salt == nil) {
            flaw = "a redaction erases words and salt together, and one of them is left"
        }
        if flaw == nil {
            do throws(UnreadableEntry) {
                try progress.fold.add(entry)
                if let payload = try entry.payload(), payload.amends != entry.amends {
                    flaw = "it is stored as amending another entry than its facts say"
                }
            } catch {
                flaw = error.detail
            }
        }
        if let flaw {
            progress.failed = true
            report.faults.append("\(Incident.ref(of: entry.stream)) seq \(entry.seq): \(flaw)")
        }
    }

    /// Rows whose entries are gone, or that never had any.
    private func findOrphans(_ incidents: [StreamID: Progress], _ report: inout Report) throws(StoreFault) {
        var filter = IncidentFilter()
        filter.state = .all
        var before: Int?
        while true {
            let rows = try reader.incidents(filter, before: before, limit: Verifier.pageSize)
            for row in rows where incidents[row.stream] == nil {
                report.faults.append("\(Incident.ref(row.number)): it has a row and no entries")
            }
            guard rows.count == Verifier.pageSize, let last = rows.last else { return }
            before = last.number
        }
    }

    private func checkRow(_ progress: Progress, _ report: inout Report) throws(StoreFault) {
        guard let incident = progress.fold.state, let row = try reader.incident(incident.number) else {
            return
        }
        if row != IncidentRow(incident, changedPosition: progress.fold.changedPosition) {
            report.faults.append(
                "\(incident.ref): its row does not match the fold of its \(incident.seq) entries")
        }
    }
}
