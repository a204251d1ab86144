import Encoding
import Incidents
import Journal
import Model
import Routing
import Time
import Views

/// A search for words in titles, impacts and entries (`?q=`): a scan, because no index may hold words that a redaction must erase.
struct IncidentSearch: Sendable {
    static let wordsMax = 10
    /// Upper bounds of one request; beyond them the page ends and has a `next`.
    static let entriesMax = 100_000
    static let durationMax: Duration = .milliseconds(200)
    private static let pageSize = 500

    /// Where a search goes on.
    struct Cursor: Equatable {
        /// Within an incident: the last entry looked through, and the words that were not found yet, a bit each.
        struct Within: Equatable {
            var seq: Int
            var missing: Int
        }

        /// The search goes on below this incident, or within it.
        var number: Int
        var within: Within?

        var text: String { within.map { "\(number).\($0.seq).\($0.missing)" } ?? "\(number)" }
    }

    /// A page of incidents, and its cursor if there may be more.
    struct Page {
        var items: [IncidentSnapshot] = []
        var next: Cursor?
    }

    /// Folded words, all of which an incident must have.
    let words: [[UInt8]]

    init(_ text: String) throws(Problem) {
        if let flaw = TextConstraint.name.flaw(of: text) { throw .parameter("q", flaw) }
        words = text.split(whereSeparator: \.isWhitespace).map { String($0).foldedKey }
        guard (1...IncidentSearch.wordsMax).contains(words.count) else {
            throw .parameter("q", "must have 1 to \(IncidentSearch.wordsMax) words.")
        }
    }

    /// Newest first. Blocks on the store.
    func page(
        _ filter: IncidentFilter, from cursor: Cursor?, limit: Int, in services: Services, for viewer: Viewer,
        where matches: (Incident) -> Bool
    ) throws -> Page {
        let budget = IncidentScan.Budget(
            foldsMax: DrumbeatAPI.foldsMax, durationMax: IncidentSearch.durationMax)
        let before = cursor.map { $0.within == nil ? $0.number : $0.number + 1 }
        var scan = IncidentScan(filter, before: before, within: budget, in: services)
        var page = Page()
        var entriesRead = 0
        while page.items.count < limit, entriesRead < IncidentSearch.entriesMax,
            let snapshot = try scan.next(where: { _ in true })
        {
            guard matches(snapshot.incident) else { continue }
            let number = snapshot.incident.number
            let start = number == cursor?.number ? cursor?.within : nil
            let found = try look(from: start, in: snapshot, services.reader, for: viewer, &entriesRead) {
                scan.isSpent
            }
            switch found {
            case .all: page.items.append(snapshot)
            case .missing: break
            case .cut(let within):
                page.next = Cursor(number: number, within: within)
                return page
            }
        }
        if try scan.hasMore(), let last = scan.last { page.next = Cursor(number: last) }
        return page
    }

    private enum Found {
        case all
        case missing
        /// The budget was spent before the end of the incident.
        case cut(Cursor.Within)
    }

    /// Looks through one incident.
    private func look(
        from start: Cursor.Within?, in snapshot: IncidentSnapshot, _ reader: any JournalReader,
        for viewer: Viewer, _ entriesRead: inout Int, until isSpent: () -> Bool
    ) throws -> Found {
        var missing = start?.missing ?? (1 << words.count) - 1
        missing &= (1 << words.count) - 1
        let incident = snapshot.incident
        for text in [incident.title, incident.publicTitle, incident.impact].compactMap(\.self) {
            strike(text, from: &missing)
        }
        var seq = start?.seq ?? 0
        while missing != 0 {
            let entries = try reader.entries(
                of: snapshot.stream, after: seq, kind: nil, visibility: nil, limit: IncidentSearch.pageSize)
            for entry in entries where missing != 0 && entry.words != nil {
                strike(try entry.shown(to: viewer).text(), from: &missing)
            }
            entriesRead += entries.count
            guard missing != 0, entries.count == IncidentSearch.pageSize, let last = entries.last else {
                break
            }
            seq = last.seq
            if entriesRead >= IncidentSearch.entriesMax || isSpent() {
                return .cut(Cursor.Within(seq: seq, missing: missing))
            }
        }
        return missing == 0 ? .all : .missing
    }

    /// Clears the bits of the words that a text has.
    private func strike(_ text: String, from missing: inout Int) {
        let text = text.foldedKey
        for (index, word) in words.enumerated() where missing & 1 << index != 0 {
            if text.holds(word) { missing &= ~(1 << index) }
        }
    }
}

extension IncidentSearch.Cursor {
    /// As in `next`: `41`, `INC-41`, or `41.5000.3`.
    init?(_ text: String) {
        if let number = Incident.number(inRef: text) {
            self.init(number: number)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map {
            Int(digits: Array($0.utf8))
        }
        guard let number = parts[0], number < 1 << 40 else { return nil }
        if parts.count == 1 {
            self.init(number: number)
        } else if parts.count == 3, let seq = parts[1], let missing = parts[2],
            (1..<1 << IncidentSearch.wordsMax).contains(missing)
        {
            self.init(number: number, within: Within(seq: seq, missing: missing))
        } else {
            return nil
        }
    }
}

extension [UInt8] {
    /// Whether `word`, which is not empty, occurs anywhere.
    fileprivate func holds(_ word: [UInt8]) -> Bool {
        guard let first = word.first, count >= word.count else { return false }
        for start in 0...count - word.count where self[start] == first {
            if self[start..<start + word.count].elementsEqual(word) { return true }
        }
        return false
    }
}
