import Client
import HTTP
import JSON
import ServiceSupport
import Testing

/// A command of the client that the service names, and the call that it makes.
struct CommandCall {
    let line: String
    let syntax: CommandSyntax
    let arguments: ParsedArguments
    private let author: String

    /// Fails unless a shell would pass the words to a command that takes them.
    init(_ line: String, by author: String = "alice") throws {
        self.line = line
        self.author = author
        let words = try Self.words(of: line)
        try #require(words.first == "drumbeat" && words.count > 1, "\(line)")
        syntax = try #require(CommandSyntax.all.first { $0.name == words[1] }, "\(line)")
        arguments = try ParsedArguments(Array(words.dropFirst(2)), by: syntax)
    }

    /// The words as a POSIX shell splits them. Nothing may be expanded.
    private static func words(of line: String) throws -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            switch (quote, character) {
            case (nil, "'"), (nil, "\""): (quote, word) = (character, word ?? "")
            case (nil, " "):
                if let word { words.append(word) }
                word = nil
            case (let open?, character) where open == character: quote = nil
            case ("\"", "$"), ("\"", "`"), ("\"", "\\"), (nil, "\\"), (nil, "$"), (nil, "`"):
                Issue.record("a shell expands \(line)")
            default: word = (word ?? "") + String(character)
            }
        }
        try #require(quote == nil, "\(line)")
        return words + [word].compactMap(\.self)
    }

    private var path: String { "/v1/incidents/\(arguments.incident ?? "INC-?")" }

    /// Makes the call, which must succeed.
    func make(_ api: TestAPI) throws {
        switch syntax.name {
        case "update": try publishDraft(api)
        case "nothing-new": try call(api, .post, "status-updates", ["template": "nothing_new"])
        case "note": try call(api, .post, "timeline", ["text": arguments.text("TEXT")])
        case "status":
            try call(
                api, .put, "status",
                ["status": arguments.text("STATUS"), "reason": arguments.flag("--reason")])
        case "escalate":
            try call(
                api, .post, "escalations",
                ["to": arguments.text("PERSON"), "reason": arguments.flag("--reason")])
        case "role":
            let role = try #require(arguments.text("ROLE"))
            try call(api, .put, "roles/\(role)", ["person": arguments.text("PERSON")])
        case "impact":
            try call(
                api, .patch, nil,
                ["impact": arguments.text("TEXT"), "restored_when": arguments.flag("--restored-when")])
        case "check":
            try #require(arguments.has("--passed"))
            try call(
                api, .post, "checks",
                ["path": arguments.text("PATH"), "evidence": arguments.flag("--evidence")], "passed")
        case "approve":
            try call(
                api, .post, "mitigations/\(try mitigation("requested", api))/approval",
                ["parallel_reason": arguments.flag("--parallel")],
                arguments.text("ANSWER") == "yes" ? "approved" : nil, not: "approved")
        case "outcome":
            try call(
                api, .patch, "mitigations/\(try mitigation("open", api))",
                ["state": arguments.text("RESULT")])
        default: Issue.record("no call of \(line)")
        }
    }

    /// As the editor opens it, with its gaps filled.
    private func publishDraft(_ api: TestAPI) throws {
        let draft = try api.ask(
            .get, "\(path)/status-updates/draft", nil, ["Accept": "application/json"])
        let text = try #require(draft.string("text")).replacing("[FILL:", with: "(")
        try call(api, .post, "status-updates", ["text": text])
    }

    /// The id of the mitigation of `--entry`, else of the only one in that state.
    private func mitigation(_ state: String, _ api: TestAPI) throws -> String {
        let list = try api.ask(.get, "\(path)/mitigations")
        let known = zip(list.items("id"), zip(list.items("seq"), list.items("state")))
        let entry = arguments.flag("--entry")
        let fitting = known.filter { $0.1.1 == state && (entry == nil || $0.1.0 == entry) }
        try #require(fitting.count == 1, "\(line): \(list.text)")
        return fitting[0].0
    }

    private func call(
        _ api: TestAPI, _ method: HTTP.Method, _ below: String?, _ members: [String: String?],
        _ yes: String? = nil, not no: String? = nil
    ) throws {
        var object = members.compactMapValues { $0.map(JSONValue.string) }
        if let no { object[no] = .bool(false) }
        if let yes { object[yes] = .bool(true) }
        object["author"] = .string(author)
        let body = JSONObject(object.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
        let reply = try api.ask(
            method, path + (below.map { "/\($0)" } ?? ""), bytes: body.encoded(), token: .command)
        #expect((200...201).contains(reply.status), "\(line): \(reply.text)")
    }
}
