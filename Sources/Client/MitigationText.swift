import Encoding
import JSON
import Time

/// A mitigation as a list shows it.
public enum MitigationText {
    /// `12  worked     10:06-10:20  rollback to 2.13.4 (carol): errors are at 0.2 %`, and who may answer a request, a line each.
    public static func lines(_ item: JSONValue, now: Timestamp) -> [String] {
        let day = String(now.rfc3339.prefix(10))
        func text(_ name: String) -> String? { item.value(name)?.asText.flatMap { $0.isEmpty ? nil : $0 } }
        func minute(_ name: String) -> String? { item.value(name)?.asTimestamp?.minute(on: day) }
        let state = text("state") ?? "?"
        let kind = text("kind") ?? "other"
        let goal = text("known_good").map { "rollback to \($0)" }
        let what = goal ?? text("action") ?? kind
        let people = [
            text("owner"),
            text("answered_by").map { state == "declined" ? "declined by \($0)" : "approved by \($0)" },
        ].compactMap(\.self)
        let times =
            (minute("started_at") ?? minute("requested_at") ?? "")
            + (minute("ended_at").map { "-\($0)" } ?? "")
        var words = what
        if !people.isEmpty { words += " (\(people.joined(separator: ", ")))" }
        if let result = text("result") { words += ": \(result)" }
        let seq = item.value("seq")?.asInteger.map(String.init) ?? "?"
        let line =
            "\(seq.padded(toColumns: 3))  \(state.padded(toColumns: 10))  \(times.padded(toColumns: 11))  \(words)"
            .onOneLine
        return [line]
            + (item.value("approval")?.elements ?? []).map { place in
                let who =
                    place.value("person")?.asText.map { "\($0) (\(place.value("role")?.asText ?? "?"))" }
                    ?? "everyone with scope command"
                let from = place.value("from")?.asTimestamp
                let isOpen = from.map { $0 <= now } ?? true
                return "       may answer \(isOpen ? "now" : "from \(from?.minute(on: day) ?? "?")"): \(who)"
                    .onOneLine
            }
    }
}
