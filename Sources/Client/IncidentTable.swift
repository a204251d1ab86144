import Encoding
import JSON
import Time

/// The table of `drumbeat list`.
public enum IncidentTable {
    private static let heads = ["REF", "SEVERITY", "STATUS", "NEXT UPDATE", "COMMANDER", "TITLE"]
    /// Columns that a title keeps on a narrow terminal.
    private static let titleMin = 10

    /// One line for each incident, below the heads. Titles are cut on a terminal only.
    public static func lines(_ items: [JSONValue], on screen: Screen, now: Timestamp) -> [String] {
        let rows = [heads] + items.map { cells($0, now: now) }
        let widths = heads.indices.dropLast().map { column in
            rows.map { $0[column].columns }.max() ?? 0
        }
        let used = widths.reduce(0) { $0 + $1 + 2 }
        return rows.enumerated().map { number, cells in
            var line = ""
            for (column, width) in widths.enumerated() {
                let isSeverity = column == 1 && number > 0
                line += isSeverity ? screen.severity(cells[column]) : cells[column]
                line += String(repeating: " ", count: width - cells[column].columns + 2)
            }
            let title = cells.last ?? ""
            return line
                + (screen.isTerminal
                    ? title.cut(toColumns: max(titleMin, screen.width - used)) : title)
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
