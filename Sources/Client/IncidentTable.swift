import Encoding
import JSON
import Time

/// The table of `drumbeat list`.
public enum IncidentTable {
    private static let heads = ["REF", "SEVERITY", "STATUS", "NEXT UPDATE", "COMMANDER", "TITLE"]
    /// Columns that a title needs in a table.
    private static let titleMin = 10

    /// One line for each incident, below the heads. On a terminal titles are cut, and where a table does not fit an
    /// incident has lines of its own.
    public static func lines(_ items: [JSONValue], on screen: Screen, now: Timestamp) -> [String] {
        let rows = [heads] + items.map { cells($0, now: now) }
        let widths = heads.indices.dropLast().map { column in
            rows.map { $0[column].columns }.max() ?? 0
        }
        let used = widths.reduce(0) { $0 + $1 + 2 }
        if screen.isTerminal, used + titleMin > screen.width {
            return rows.dropFirst().flatMap { narrow($0, on: screen) }
        }
        return rows.enumerated().map { number, cells in
            var line = ""
            for (column, width) in widths.enumerated() {
                let isSeverity = column == 1 && number > 0
                line += isSeverity ? screen.severity(cells[column]) : cells[column]
                line += String(repeating: " ", count: width - cells[column].columns + 2)
            }
            let title = cells.last ?? ""
            return line + (screen.isTerminal ? title.cut(toColumns: screen.width - used) : title)
        }
    }

    /// An incident on a phone: what it is, its title, what is next.
    private static func narrow(_ cells: [String], on screen: Screen) -> [String] {
        let due = cells[3] == "-" ? "no update due" : "update \(cells[3])"
        let commander = cells[4] == "-" ? "no commander" : "commander \(cells[4])"
        let head = cells[..<3].joined(separator: " ").cut(toColumns: screen.width)
        // Cut before it is coloured: a colour has no columns.
        let start = "\(cells[0]) \(cells[1])"
        let coloured = "\(cells[0]) \(screen.severity(cells[1]))"
        let next = "\(due), \(commander)"
        return [head.hasPrefix(start) ? coloured + head.dropFirst(start.count) : head]
            + ([cells.last ?? ""] + (next.columns <= screen.width - 2 ? [next] : [due, commander])).map {
                "  " + $0.cut(toColumns: screen.width - 2)
            }
    }

    private static func cells(_ incident: JSONValue, now: Timestamp) -> [String] {
        let due = incident.value("cadence", "next_update_due_at")?.asTimestamp
        return [
            incident.value("ref")?.asText ?? "?",
            incident.value("severity")?.asText ?? "?",
            incident.value("status")?.asText ?? "?",
            due.map { DueText.short($0, now: now) } ?? "-",
            (incident.value("roles", "commander", "person")?.asText ?? "-").shortened(to: 20),
            incident.value("title")?.asText ?? "",
        ].map(\.onOneLine)
    }
}
