import Encoding
import Incidents
import Journal
import Model
import Routing
import Time

/// A search for words in titles, impacts and entries (`?q=`): a scan, because no index may hold words that a redaction must erase.
struct IncidentSearch: Sendable {
    static let wordsMax = 10
    /// Upper bounds of one request; beyond them the page ends and has a `next`.
    static let entriesMax = 100_000
    static let durationMax: Duration = .milliseconds(200)
    /// Searches in progress of one token, and in all: a reader is left to other reads.
    static let perTokenMax = 1
    static let inAllMax = 2
    private static let pageSize = 500

    /// Where a search goes on.
    struct Cursor: Equatable {
        /// The search goes on below this incident, or within it.
        var number: Int
        /// Within it: the last entry looked through, and the words that were not found yet, a bit each.
        var within: (seq: Int, missing: Int)?

        static func == (left: Cursor, right: Cursor) -> Bool { left.text == right.text }

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
        _ filter: IncidentFilter, from cursor: Cursor?, limit: Int, in services: Services,
        where matches: (Incident) -> Bool
    ) throws -> Page {
        let began = services.routing.monotonicNanoseconds()
        var budget = Budget()
        let isSpent: (Budget) -> Bool = { budget in
            budget.entries >= IncidentSearch.entriesMax || budget.folds >= DrumbeatAPI.foldsMax
                || services.routing.monotonicNanoseconds() - began
                    >= Int64(IncidentSearch.durationMax.nanosecondsToWait)
        }
        var page = Page()
        var within = cursor?.within
        var last = cursor.map { $0.within == nil ? $0.number : $0.number + 1 }
        while true {
            let rows = try services.reader.incidents(filter, before: last, limit: 200)
            for row in rows {
                // Each request goes on by at least one incident, or one page of entries.
                if page.items.count == limit || budget.folds > 0 && isSpent(budget) {
                    page.next = Cursor(number: last ?? row.number + 1)
                    return page
                }
                let start = row.number == cursor?.number ? within : nil
                within = nil
                last = row.number
                budget.folds += 1
                guard let snapshot = try services.incidentLoader.snapshot(row.number),
                    matches(snapshot.incident)
                else { continue }
                let end = try look(for: start, in: snapshot, services.reader, &budget, until: isSpent)
                if let end {
                    page.next = Cursor(number: row.number, within: end)
                    return page
                }
                if budget.isFound { page.items.append(snapshot) }
            }
            guard rows.count == 200 else { return page }
        }
    }

    private struct Budget {
        var entries = 0
        var folds = 0
        /// Whether the incident that was looked through last has all words.
        var isFound = false
    }

    /// Looks through one incident; returns where to go on if the budget is spent before its end.
    private func look(
        for start: (seq: Int, missing: Int)?, in snapshot: IncidentSnapshot, _ reader: any JournalReader,
        _ budget: inout Budget, until isSpent: (Budget) -> Bool
    ) throws -> (seq: Int, missing: Int)? {
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
                strike(try entry.text(), from: &missing)
            }
            budget.entries += entries.count
            guard missing != 0, entries.count == IncidentSearch.pageSize, let last = entries.last else {
                break
            }
            seq = last.seq
            if isSpent(budget) {
                budget.isFound = false
                return (seq, missing)
            }
        }
        budget.isFound = missing == 0
        return nil
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
            self.init(number: number, within: (seq, missing))
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
