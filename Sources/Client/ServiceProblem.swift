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
    /// The incident that the call was about, as in its path.
    let incident: String?
    /// Whether it was about an exception of a freeze.
    private let isOfException: Bool
    /// The author that the caller named, who makes the suggested calls as well.
    var author: String?

    /// An answer to a call of `path`.
    public init(status: Int, body: [UInt8], path: String) {
        self.status = status
        self.body = body
        json = try? JSONReader.read(body, limits: .stored)
        slug = json?.value("type")?.asText?.split(separator: "/").last.map(String.init) ?? ""
        let parts = path.split { $0 == "/" || $0 == "?" }.map(String.init)
        isOfException = parts.contains("exceptions")
        incident = parts.count > 2 && parts[1] == "incidents" ? IncidentName.parse(parts[2]) : nil
    }

    /// What happened, each flaw, and what to do next, in the words of commands.
    public func text(url: String) -> String {
        let flaws = flaws
        var lines = [head(flaws, url)]
        if slug == "not-restored" { return (lines + restoring).joined(separator: "\n") }
        if !isSaid(flaws) { lines += flaws.map { "  \($0.name): \($0.words)" } }
        let allowed = json?.value("allowed")?.elements.compactMap(\.asText) ?? []
        // Those of a 405 are methods.
        if !allowed.isEmpty, status != 405 {
            lines.append("  allowed: \(allowed.map(\.onOneLine).joined(separator: ", "))")
        }
        if let advice { lines.append(advice) }
        if let advice = adviceOnPath(of: url) { lines.append(advice) }
        for link in json?.value("links")?.elements ?? [] {
            // An older service says in words what to call.
            let words =
                link.value("operation") == nil
                ? link.value("detail")?.asText?.onOneLine
                : CommandWords.arguments(for: link, of: incident).map { command($0) }
            if let words, !lines.contains("  \(words)") { lines.append("  \(words)") }
        }
        return lines.joined(separator: "\n")
    }

    /// A suggested command, with the author that was typed if it takes one.
    func command(_ words: [String]) -> String {
        let syntax = CommandSyntax.all.first { $0.name == words.first }
        guard let author, syntax?.flagNames.contains("--author") == true else { return words.shellCommand }
        return (words + ["--author", author]).shellCommand
    }

    private typealias Flaw = (name: String, words: String)

    /// What the linter found, in its words instead of its bytes.
    private var findings: [Flaw] {
        (json?.value("current", "findings")?.elements ?? []).map { finding in
            let (rule, text) = (finding.value("rule")?.asText ?? "", finding.value("text")?.asText ?? "")
            let suggestion = (finding.value("suggestion")?.asText ?? "").onOneLine
            let found = text.isEmpty ? rule.onOneLine : "\"\(text.onOneLine)\" (\(rule.onOneLine))"
            return (found, suggestion)
        }
    }

    private var flaws: [Flaw] {
        if slug == "lint-blocked", !findings.isEmpty { return findings }
        return (json?.value("errors")?.elements ?? []).map { flaw in
            let words = (flaw.value("detail")?.asText ?? "").onOneLine
            return (
                CommandWords.name(of: flaw.value("pointer")?.asText ?? "#", ofException: isOfException),
                words.isEmpty ? "is not accepted" : words
            )
        }
    }

    private var detail: String? { json?.value("detail")?.asText?.onOneLine }

    /// Whether the first line says what is wrong with the only value.
    private func isSaid(_ flaws: [Flaw]) -> Bool {
        flaws.count == 1 && flaws.allSatisfy { slug == "validation" || $0.words == detail }
    }

    private func head(_ flaws: [Flaw], _ url: String) -> String {
        guard let detail else { return "\(url) answered with status \(status), not as Drumbeat does." }
        let words: String
        switch slug {
        case "validation" where !flaws.isEmpty:
            words =
                flaws.count == 1
                ? flaws.map { "\($0.name): \($0.words)" }.joined() : "\(flaws.count) values are not accepted."
        case "invalid-parameter": words = CommandWords.naming(detail)
        // The detail tells a program to send its key again; a command has a new one.
        case "outcome-unknown": words = ""
        // The detail tells a program where paths begin.
        case "not-found" where json?.value("unknown_path") != nil: words = "Nothing exists at this path."
        default: words = detail
        }
        let shown =
            words.isEmpty ? (json?.value("title")?.asText ?? "The service refused it").onOneLine + "." : words
        return shown + (slug.isEmpty ? "" : " (\(slug.onOneLine))")
    }

    private var advice: String? {
        switch (status, slug) {
        case (401, _):
            return """
                Create a token on the host of the service: drumbeat token create --name me --scope command
                Then set DRUMBEAT_TOKEN to it, or write it as DRUMBEAT_TOKEN=… into ~/.config/drumbeat/client.conf, mode 600.
                """
        case (403, _):
            return
                "Use a token with that scope. On the host: drumbeat token create --name me --scope command"
        case (404, ""), (300..<400, _): return "Check DRUMBEAT_URL: redirects are not followed."
        case (_, "commander-only"):
            let name = json?.value("current")?.asText?.onOneLine ?? "NAME"
            return "To say it in the commander's name: --author \(name.shellQuoted)"
        case (_, "promise-exceeds-cadence"):
            return "Promise an earlier time with --next, or leave --next out."
        case (429, _): return "Run the command again later."
        case (_, "outcome-unknown"):
            let look = incident.map { ["show", $0] } ?? ["list"]
            return "Look before you run the command again: \(look.shellCommand)"
        case (500..., ""): return "Check DRUMBEAT_URL, or run the command again later."
        case (_, "internal"):
            let id =
                json?.value("request_id")?.asText.map { "; its log names this request \($0.onOneLine)" } ?? ""
            return "Tell the operator of the service\(id)."
        case (500..., _): return "Nothing more was tried. Run the command again later."
        default: return nil
        }
    }

    /// A path in `DRUMBEAT_URL` that the service does not have.
    private func adviceOnPath(of url: String) -> String? {
        let isOfRoutes = slug.isEmpty || json?.value("unknown_path") != nil
        guard status == 404, isOfRoutes, let (root, path) = ClientSettings.parts(of: url), !path.isEmpty
        else {
            return nil
        }
        return
            "DRUMBEAT_URL has the path \(path). If the service has none: export DRUMBEAT_URL=\(root.shellQuoted)"
    }
}
