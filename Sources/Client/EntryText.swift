import Encoding
import JSON
import Time

/// An entry on one line, as the text forms of the service show it.
public enum EntryText {
    /// `10:06 alice change: restarted the WAL sender`; with its date unless that is `day`.
    public static func line(_ entry: JSONValue, day: String?) -> String {
        let time = entry.value("occurred_at")?.asTimestamp?.minute(on: day) ?? "?"
        let author = (entry.value("author")?.asText ?? "?").onOneLine
        let kind = (entry.value("kind")?.asText ?? "?").onOneLine
        return "\(time) \(author) \(kind): \((entry.value("text")?.asText ?? "").joinedLines)"
    }
}
