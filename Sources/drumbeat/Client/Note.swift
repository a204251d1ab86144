import Client
import Encoding
import JSON

extension Commands {
    static let note = ClientSession.command(.note) { session in
        let arguments = session.arguments
        let text = try session.text(arguments.text("TEXT"))
        let data = JSONObject(
            ("owner", arguments.flag("--owner")?.asJSON),
            ("minutes", try arguments.flag("--minutes").map { .integer(try Minutes.parse($0, "--minutes")) }),
            ("suspect", arguments.flag("--suspect")?.asJSON),
            ("changed_at", try arguments.moment("--changed-at")?.asJSON))
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/timeline",
            JSONObject(
                ("text", text?.asJSON), ("kind", arguments.flag("--kind")?.asJSON),
                ("visibility", arguments.has("--public") ? "public".asJSON : nil),
                ("occurred_at", try arguments.moment("--at")?.asJSON), ("author", session.author),
                ("data", data.members.isEmpty ? nil : .object(data))))
        let ref = (reply.json.value("incident")?.asText ?? incident).onOneLine
        let kind = (reply.json.value("kind")?.asText ?? "note").onOneLine
        let seq = reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
        return session.report(reply, "\(ref): \(kind) recorded as entry \(seq). drumbeat show \(ref)")
    }
}
