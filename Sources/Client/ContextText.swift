import Encoding
import JSON
import Time

/// What may explain an incident, as text.
public enum ContextText {
    /// Deploys, advice and similar incidents, a line each.
    public static func lines(_ context: JSONValue, now: Timestamp) -> [String] {
        let day = String(now.rfc3339.prefix(10))
        func text(_ value: JSONValue, _ name: String) -> String? {
            value.value(name)?.asText.flatMap { $0.isEmpty ? nil : $0 }
        }
        var lines: [String] = []
        for deploy in context.value("deploys")?.elements ?? [] {
            let time = deploy.value("at")?.asTimestamp?.minute(on: day) ?? "?"
            let what = text(deploy, "what").map { ": \($0)" } ?? ""
            lines.append(
                "Deploy \(time) of \(text(deploy, "scope") ?? "?") by \(text(deploy, "author") ?? "?")\(what)"
            )
        }
        if let advice = text(context, "advice") { lines.append("Advice: \(advice)") }
        for other in context.value("similar")?.elements ?? [] {
            let minutes = other.value("minutes")?.asInteger.map { ", \($0) min of impact" } ?? ""
            let ended = other.value("ended_at")?.asTimestamp.map { ", ended \($0.minute(on: day))" } ?? ""
            let worked = text(other, "mitigation").map { "; what worked: \($0)" } ?? ""
            lines.append(
                "Similar: \(text(other, "ref") ?? "?") \(text(other, "title") ?? "") "
                    + "(\(text(other, "severity") ?? "?")\(ended)\(minutes))\(worked)"
            )
        }
        return lines.map(\.joinedLines).map(\.onOneLine)
    }
}
