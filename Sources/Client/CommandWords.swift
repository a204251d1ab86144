import Encoding
import JSON

/// What the service refuses and suggests, in the words of someone who types commands.
enum CommandWords {
    /// How the usage names an incident.
    static let unnamed = "INC"
    /// A text that the user has to write.
    static let gap = "…"
    /// How the usage names the way in which a mitigation ended.
    static let result = "RESULT"

    // MARK: Members

    /// A member of a body or a query, by what the user typed.
    private static let names: [String: String] = [
        "title": "the title", "text": "the text", "severity": "the severity", "claims": "the severity",
        "status": "the status", "person": "the person", "to": "the person", "minutes": "the duration",
        "impact": "the impact",
        "reason": "--reason", "author": "--author", "kind": "--kind", "occurred_at": "--at",
        "visibility": "--public", "workaround": "--workaround", "restored_when": "--restored-when",
        "public_title": "--public-title", "channel": "--channel", "labels": "--label",
        "started_at": "--started-at", "commander": "--commander", "communicator": "--communicator",
        "contact": "--contact", "duplicate_of": "--duplicate-of", "override": "--override",
        "audience": "--audience", "template": "the template", "basis_seq": "--basis", "force": "--force",
        "path": "the path", "evidence": "--evidence", "by": "--by",
        "next_update_in_minutes": "--next", "limit": "--limit", "state": "--state",
        "url": "--nags", "token": "--nags-token-file", "from": "--mail-from",
        "username": "--mail-user", "password": "--mail-password-file",
    ]
    /// Parameters of a query that are other flags than the members of a body.
    private static let parameters = ["template": "--template"]

    /// Members of `data`, which are flags, and of an exception.
    private static let flags = [
        "minutes": "--minutes", "suspect": "--suspect", "owner": "--owner", "changed_at": "--changed-at",
        "what": "--what", "scope": "--scope",
    ]

    /// `--kind` for `#/kind`, `--commander` for `#/roles/commander/person`; the member's own name if no flag gives it. `line 2` for
    /// `#L2`. An exception of a freeze has flags only.
    static func name(of pointer: String, ofException: Bool) -> String {
        if pointer.hasPrefix("#L") { return "line \(pointer.dropFirst(2))".onOneLine }
        let parts = pointer.split(separator: "/").map(String.init)
        let member = parts.count > 2 && parts[1] == "roles" ? parts[2] : parts.count > 1 ? parts[1] : ""
        let isFlag = ofException || (parts.count > 2 && member == "data")
        if isFlag, let flag = flags[parts.last ?? ""] { return flag }
        return names[member] ?? (member.isEmpty ? "the command" : member.onOneLine)
    }

    /// The detail of `invalid-parameter`, `limit: must be …`, with the flag instead.
    static func naming(_ detail: String) -> String {
        guard let end = detail.firstIndex(of: ":") else { return detail }
        let parameter = String(detail[..<end])
        guard let name = parameters[parameter] ?? names[parameter] else { return detail }
        return name + detail[end...]
    }

    // MARK: Calls

    /// The command of a suggested call; `nil` if no command makes it.
    static func command(for link: JSONValue, of incident: String?) -> String? {
        arguments(for: link, of: incident).map(\.shellCommand)
    }

    /// The words of that command, after `drumbeat`.
    static func arguments(for link: JSONValue, of incident: String?) -> [String]? {
        let call = SuggestedCall(link, of: incident)
        let name = call.incident
        switch link.value("operation")?.asText {
        case "readIncident": return ["show", name]
        case "listIncidents": return ["list"] + call.parameter("state", as: "--state")
        case "listMitigations": return ["mitigations", name]
        case "readFreeze": return ["freeze"]
        case "readDraft":
            return ["draft", name] + (call.query["audience"] == "internal" ? ["--audience", "internal"] : [])
        case "publishUpdate":
            if call.text("template") == "nothing_new" { return ["nothing-new", name] }
            if call.body?.value("fill") != nil { return nil }
            return ["update", name] + (call.isSet("force") ? ["--text", gap, "--force"] : [])
        case "changeStatus":
            return call.text("status").map { status in
                ["status", name, status] + (call.isSet("override") ? ["--override"] : [])
                    + call.flag("reason", as: "--reason")
                    + call.flag("duplicate_of", as: "--duplicate-of", gap: "OTHER")
            }
        case "disputeSeverity":
            return call.text("claims").map {
                ["raise", name, $0, "--dispute"] + call.flag("reason", as: "--reason")
            }
        case "assignRole":
            return call.path.dropFirst(4).first.map { ["role", name, $0, "NAME"] }
        case "editIncident":
            if let impact = call.text("impact") { return ["impact", name, impact] }
            return call.text("restored_when").map { ["impact", name, "--restored-when", $0] }
        case "recordCheck":
            return call.text("path").map {
                ["check", name, $0 == gap ? "PATH" : $0, "--passed"] + call.flag("evidence", as: "--evidence")
            }
        case "endMitigation": return ["outcome", name, result]
        case "answerRollback": return ["approve", name, "yes"]
        case "startMitigation":
            guard call.text("kind") == "rollback" else {
                return call.text("action").map { ["mitigate", name, $0] + call.flag("kind", as: "--kind") }
            }
            return ["rollback", name, "VERSION"] + call.flag("database", as: "--database")
                + (call.isSet("override") ? ["--override"] : []) + call.flag("reason", as: "--reason")
        case "grantException":
            let minutes = call.body?.value("minutes")?.asInteger
            return ["allow", name] + (minutes.map { ["--minutes", String($0)] } ?? [])
                + call.flag("what", as: "--what")
        case "liftFreeze": return ["lift", name]
        case "createWebhook": return ["init", "--nags", "URL"] + call.flag("person", as: "--person")
        case "testNags": return ["init", "--tokens", "none"]
        default: return nil
        }
    }
}

/// A link of the service.
private struct SuggestedCall {
    let path: [String]
    let query: [String: String]
    let body: JSONValue?
    /// The incident that it is about.
    let incident: String

    init(_ link: JSONValue, of incident: String?) {
        let parts = (link.value("href")?.asText ?? "").split(separator: "?", maxSplits: 1)
        path = (parts.first ?? "").split(separator: "/").map { String($0).onOneLine }
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1).map { String($0).onOneLine }
            if let name = sides.first { query[name] = sides.count > 1 ? sides[1] : "" }
        }
        self.query = query
        body = link.value("body")
        let named = path.starts(with: ["v1", "incidents"]) ? path.dropFirst(2).first : nil
        self.incident = named.flatMap(IncidentName.parse) ?? incident ?? CommandWords.unnamed
    }

    func text(_ member: String) -> String? { body?.value(member)?.asText?.onOneLine }

    func isSet(_ member: String) -> Bool { body?.value(member) == .bool(true) }

    /// A flag with the member's value; none if it is not suggested. `gap` stands for a value that the user has to find.
    func flag(_ member: String, as flag: String, gap: String = CommandWords.gap) -> [String] {
        text(member).map { [flag, $0 == CommandWords.gap ? gap : $0] } ?? []
    }

    func parameter(_ name: String, as flag: String) -> [String] { query[name].map { [flag, $0] } ?? [] }
}

extension ServiceCaller {
    /// The warnings in the answer to a write, one line each: what happened, the commands that help, the code.
    public static func warnings(in answer: JSONValue) -> [String] {
        let incident = answer.value("ref")?.asText ?? answer.value("incident")?.asText
        return (answer.value("warnings")?.elements ?? []).map { warning in
            let commands = (warning.value("links")?.elements ?? []).compactMap {
                CommandWords.command(for: $0, of: incident.flatMap(IncidentName.parse))
            }
            let flags =
                warning.value("code")?.asText == "mitigation_unmeasured"
                ? "The flags are --expect and --metric." : ""
            let words = [
                (warning.value("detail")?.asText ?? "").onOneLine, flags, commands.joined(separator: ", or "),
            ]
            return (words + ["(\((warning.value("code")?.asText ?? "").onOneLine))"]).filter { !$0.isEmpty }
                .joined(separator: " ")
        }
    }
}
