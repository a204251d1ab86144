import Encoding
import JSON
import Time

/// What is still to be done, on one line.
public enum TodoText {
    /// `12  10:21, in 5 min  call the provider (bob)`. `entry` is the todo's own, if it could be read.
    public static func line(_ todo: JSONValue, entry: JSONValue?, now: Timestamp) -> String {
        let seq = todo.value("seq")?.asInteger.map(String.init) ?? "?"
        let due = todo.value("due_at")?.asTimestamp.map { DueText.text($0, now: now) } ?? "without a time"
        let owner = todo.value("owner")?.asText.map { " (\($0))" } ?? ""
        let text = entry.map(currentText) ?? "its text could not be read"
        return "\(seq.padded(toColumns: 3))  \(due.padded(toColumns: 18))  \(text.joinedLines)\(owner)"
            .onOneLine
    }

    /// The last correction, else its own text.
    static func currentText(of entry: JSONValue) -> String {
        let corrections = entry.value("corrections")?.elements ?? []
        return corrections.last?.value("text")?.asText ?? entry.value("text")?.asText ?? ""
    }
}
