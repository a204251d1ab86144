import JSON
import Time

/// When something is due, for a person.
public enum DueText {
    /// `10:21, in 5 min` or `10:21, 3 min ago`. The time is UTC, with its date on another day.
    public static func text(_ due: Timestamp, now: Timestamp) -> String {
        let time = due.minute(on: now.day)
        let left = due - now
        return left >= .zero ? "\(time), in \(length(left))" : "\(time), \(length(.zero - left)) ago"
    }

    /// `in 5 min` or `3 min late`.
    static func short(_ due: Timestamp, now: Timestamp) -> String {
        let left = due - now
        return left >= .zero ? "in \(length(left))" : "\(length(.zero - left)) late"
    }

    /// `04:59`, or `-00:10` when it is late; with hours from an hour on.
    static func countdown(_ due: Timestamp, now: Timestamp) -> String {
        let left = (due - now).wholeMilliseconds
        let seconds = left >= 0 ? (left + 999) / 1_000 : -left / 1_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hours = seconds >= 3_600 ? "\(seconds / 3_600):" : ""
        return (left < 0 ? "-" : "") + hours + "\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// `45 s`, `5 min`, `1 h 20 min`, `3 d 4 h`; rounded to the nearest.
    public static func length(_ duration: Duration) -> String {
        let seconds = (duration.wholeMilliseconds + 500) / 1_000
        if seconds < 60 { return "\(seconds) s" }
        let minutes = (seconds + 30) / 60
        if minutes < 60 { return "\(minutes) min" }
        if minutes < 24 * 60 {
            return "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
        }
        let hours = (minutes + 30) / 60
        return "\(hours / 24) d" + (hours % 24 == 0 ? "" : " \(hours % 24) h")
    }

    /// `Next status update due 10:36, in 15 min.`; empty if none is due.
    public static func sentence(_ what: String, of incident: JSONValue, now: Timestamp) -> String {
        guard let due = incident.value("cadence", "next_update_due_at")?.asTimestamp else { return "" }
        return due >= now
            ? "\(what) due \(text(due, now: now))." : "\(what) was due \(text(due, now: now))."
    }
}
