import Client
import Encoding
import JSON

extension Commands {
    static let lint = ClientSession.command(.lint) { session in
        let arguments = session.arguments
        let (given, file) = (arguments.text("TEXT"), arguments.flag("--file"))
        guard (given == nil) != (file == nil) else {
            throw UsageFault("give the text, or --file with a path, or - for standard input.")
        }
        let text = try file.map { try StandardInput.read(file: $0) } ?? session.text(given)
        var incident: String?
        if let named = arguments.flag("--incident") {
            guard let name = IncidentName.parse(named) else {
                throw UsageFault("--incident must name an incident, such as INC-7.")
            }
            incident = name
        }
        let reply = try session.caller.write(
            "POST", "/v1/lint",
            JSONObject(
                ("text", text?.asJSON), ("audience", arguments.flag("--audience")?.asJSON),
                ("incident", incident?.asJSON)))
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let findings = reply.json.value("findings")?.elements ?? []
        for finding in findings { Output.print(FindingText.line(finding)) }
        if findings.isEmpty { Output.error("drumbeat: nothing was found.") }
        return .success
    }
}

/// How a finding of the linter is shown.
enum FindingText {
    /// `guess: “probably”: write “(not yet confirmed)”`. A secret is not shown again: logs keep what a terminal printed.
    static func line(_ finding: JSONValue) -> String {
        let rule = (finding.value("rule")?.asText ?? "").onOneLine
        let words = (finding.value("text")?.asText ?? "").onOneLine
        let suggestion = (finding.value("suggestion")?.asText ?? "").onOneLine
        if words.isEmpty { return "\(rule): add “\(suggestion)”" }
        let shown =
            rule == "secret" ? "…" : String(words.prefix(wordsMax)) + (words.count > wordsMax ? "…" : "")
        return "\(rule): “\(shown)”: write “\(suggestion)”"
    }

    private static let wordsMax = 100
}

extension ClientSession {
    /// Shows the findings of a published update on standard error.
    func report(findings: [JSONValue]) {
        for finding in findings { Output.error("lint: \(FindingText.line(finding))") }
    }
}
