import Encoding
import JSON
import Time

/// The table of `drumbeat list`.
public enum IncidentTable {
    private static let heads = ["REF", "SEVERITY", "STATUS", "NEXT UPDATE", "COMMANDER", "TITLE"]
    /// Columns that a title needs in a table.
    private static let titleMin = 10

    private struct Row {
        let ref: String
        let severity: String
        let status: String
        /// When the next update is due.
        let due: String?
        let commander: String?
        let title: String

        init(_ incident: JSONValue, now: Timestamp) {
            let due = incident.value("cadence", "next_update_due_at")?.asTimestamp
            ref = (incident.value("ref")?.asText ?? "?").onOneLine
            severity = (incident.value("severity")?.asText ?? "?").onOneLine
            status = (incident.value("status")?.asText ?? "?").onOneLine
            self.due = due.map { DueText.short($0, now: now) }
            commander = incident.value("roles", "commander", "person")?.asText?.shortened(to: 20).onOneLine
            title = (incident.value("title")?.asText ?? "").onOneLine
        }

        var cells: [String] { [ref, severity, status, due ?? "-", commander ?? "-", title] }
    }

    /// One line for each incident, below the heads. On a terminal titles are cut, and where a table does not fit an
    /// incident has lines of its own.
    public static func lines(_ items: [JSONValue], on screen: Screen, now: Timestamp) -> [String] {
        let incidents = items.map { Row($0, now: now) }
        let rows = [heads] + incidents.map(\.cells)
        let widths = heads.indices.dropLast().map { column in
            rows.map { $0[column].columns }.max() ?? 0
        }
        let used = widths.reduce(0) { $0 + $1 + 2 }
        if screen.isTerminal, used + titleMin > screen.width {
            return incidents.flatMap { narrow($0, on: screen) }
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
    private static func narrow(_ row: Row, on screen: Screen) -> [String] {
        let start = "\(row.ref) \(row.severity)"
        let head = "\(start) \(row.status)".cut(toColumns: screen.width)
        // Cut before it is coloured: a colour has no columns.
        let coloured = "\(row.ref) \(screen.severity(row.severity))"
        // Of an ended incident the list does not tell whether its final update is due.
        let due = row.due.map { "update \($0)" }
        let commander = row.commander.map { "commander \($0)" } ?? "no commander"
        let parts = [due, commander].compactMap(\.self)
        let next = parts.joined(separator: ", ")
        return [head.hasPrefix(start) ? coloured + head.dropFirst(start.count) : head]
            + ([row.title] + (next.columns <= screen.width - 2 ? [next] : parts)).map {
                "  " + $0.cut(toColumns: screen.width - 2)
            }
    }
}
