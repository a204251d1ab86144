import Incidents
import Journal
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
        var fold: Fold
        var number: Int
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
        var incidents: [Int: Progress] = [:]
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
        for progress in incidents.values.sorted(by: { $0.number < $1.number }) where !progress.failed {
            try checkRow(progress, &report)
        }
        report.incidents = incidents.count
        return report
    }

    private func check(
        _ entry: StoredEntry, _ incidents: inout [Int: Progress], _ report: inout Report
    ) throws(StoreFault) {
        report.entries += 1
        if entry.words == nil { report.redacted += 1 }
        if incidents[entry.incident] == nil {
            guard let row = try reader.incident(entry.incident) else {
                return report.faults.append(
                    "\(Incident.ref(entry.incident)) seq \(entry.seq): the incident has no row")
            }
            incidents[entry.incident] = Progress(fold: Fold(row.id), number: entry.incident)
        }
        guard var progress = incidents.removeValue(forKey: entry.incident) else { return }
        defer { incidents[entry.incident] = progress }
        guard !progress.failed else { return }
        let expected = (progress.fold.incident?.seq ?? 0) + 1
        var flaw = Chain.flaw(of: entry, in: progress.fold.id, seq: expected, after: progress.fold.hash)
        if flaw == nil {
            do throws(UnreadableEntry) {
                try progress.fold.add(entry)
            } catch {
                flaw = error.detail
            }
        }
        if let flaw {
            progress.failed = true
            report.faults.append("\(Incident.ref(entry.incident)) seq \(entry.seq): \(flaw)")
        }
    }

    private func checkRow(_ progress: Progress, _ report: inout Report) throws(StoreFault) {
        guard let incident = progress.fold.incident, let row = try reader.incident(progress.number) else {
            return
        }
        if row != IncidentRow(incident, changedPosition: progress.fold.changedPosition) {
            report.faults.append(
                "\(incident.ref): its row does not match the fold of its \(incident.seq) entries")
        }
    }
}
