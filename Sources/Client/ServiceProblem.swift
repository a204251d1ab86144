import Encoding
import JSON

/// A refusal of the service (RFC 9457).
public struct ServiceProblem: Equatable, Sendable {
    public let status: Int
    /// The last part of `type`, such as `stale-draft`; empty for an answer that is no problem, as of a proxy.
    public let slug: String
    /// As received.
    public let body: [UInt8]
    public let json: JSONValue?

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
        json = try? JSONReader.read(body, limits: .stored)
        slug = json?.value("type")?.asText?.split(separator: "/").last.map(String.init) ?? ""
    }

    /// What happened, each flaw, and what to do next, for a terminal.
    public func text(url: String) -> String {
        var lines: [String] = []
        if let detail = json?.value("detail")?.asText {
            lines.append(detail.onOneLine + (slug.isEmpty ? "" : " (\(slug.onOneLine))"))
        } else {
            lines.append("\(url) answered with status \(status), not as Drumbeat does.")
        }
        for flaw in json?.value("errors")?.elements ?? [] {
            let pointer = flaw.value("pointer")?.asText ?? "#"
            lines.append("  \(pointer.onOneLine): \((flaw.value("detail")?.asText ?? "").onOneLine)")
        }
        let allowed = json?.value("allowed")?.elements.compactMap(\.asText) ?? []
        if !allowed.isEmpty { lines.append("  allowed: \(allowed.map(\.onOneLine).joined(separator: ", "))") }
        if let advice { lines.append(advice) }
        for link in json?.value("links")?.elements ?? [] {
            guard let method = link.value("method")?.asText, let href = link.value("href")?.asText else {
                continue
            }
            let detail = link.value("detail")?.asText.map { ": \($0.onOneLine)" } ?? ""
            lines.append("  \(method.onOneLine) \(href.onOneLine)\(detail)")
        }
        return lines.joined(separator: "\n")
    }

    private var advice: String? {
        switch (status, slug) {
        case (401, _):
            """
            Create a token on the host of the service: drumbeat token create --name me --scope command
            Then set DRUMBEAT_TOKEN to it, or write it as DRUMBEAT_TOKEN=… into ~/.config/drumbeat/client.conf, mode 600.
            """
        case (403, _):
            "Use a token with that scope. On the host: drumbeat token create --name me --scope command"
        case (404, "not-found"): "Run drumbeat list --state all to list the incidents."
        case (404, ""), (300..<400, _): "Check DRUMBEAT_URL: redirects are not followed."
        case (_, "nothing-to-snooze"), (_, "snooze-limit"):
            "To publish that nothing is new instead: drumbeat nothing-new"
        case (_, "unfilled-draft"): "To write the text yourself: drumbeat update --text \"…\""
        case (_, "not-restored"): "As commander: drumbeat status … resolved --override --reason \"…\""
        case (500..., ""): "Check DRUMBEAT_URL, or run the command again later."
        case (500..., _): "Nothing more was tried. Run the command again later."
        default: nil
        }
    }
}
