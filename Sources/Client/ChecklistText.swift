import Encoding
import JSON
import Time

/// An item of the checklist on one line.
public enum ChecklistText {
    /// `[x] 10:02-10:04 confirm_impact: Confirm the impact (alice, 30 s late)`.
    public static func line(_ item: JSONValue, now: Timestamp) -> String {
        let day = String(now.rfc3339.prefix(10))
        let by = item.value("ticked_by")?.asText
        let start = item.value("starts_at")?.asTimestamp?.minute(on: day)
        let end = item.value("ends_at")?.asTimestamp?.minute(on: day)
        let window = start.map { "\($0)-\(end ?? "?") " } ?? ""
        let late = item.value("late_by_seconds")?.asInteger ?? 0
        let lateness = late > 0 ? ", \(DueText.length(.seconds(late))) late" : ""
        let name = item.value("item")?.asText ?? "?"
        let text = item.value("text")?.asText ?? ""
        return
            ("[\(by == nil ? " " : "x")] \(window)\(name): \(text)" + (by.map { " (\($0)\(lateness))" } ?? ""))
            .onOneLine
    }
}
