import JSON
import Time

/// What comes after a check.
public enum CheckText {
    /// Says what to try again, what the watch still needs, or the command that resolves the incident, of which `incident` is the answer.
    public static func next(
        _ ref: String, afterCheckOf path: String, passed: Bool, _ incident: JSONValue?, now: Timestamp
    ) -> String {
        guard passed else {
            let again = ["check", ref, path, "--passed", "--evidence", CommandWords.gap]
            return "Once it works: \(again.shellCommand)"
        }
        guard let until = incident?.value("watch", "until")?.asTimestamp,
            let middle = incident?.value("watch", "middle_at")?.asTimestamp, now < until
        else { return ["status", ref, "resolved"].shellCommand }
        let watch = "The watch ends \(DueText.text(until, now: now))."
        return now < middle
            ? "\(watch) It needs another check that passes, from \(middle.minute(on: now.day)) on." : watch
    }
}
