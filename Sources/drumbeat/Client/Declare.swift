import Client
import Encoding
import JSON

extension Commands {
    static let declare = ClientSession.command(.declare) { session in
        let arguments = session.arguments
        guard let severity = arguments.flag("--severity") else {
            throw UsageFault("--severity is required: minor, major or critical.")
        }
        var labels = JSONObject()
        for label in arguments.flags("--label") {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = parts.first, let value = parts.last,
                labels[String(name)] == nil
            else {
                throw UsageFault("--label must be KEY=VALUE, and each key once.")
            }
            labels.members.append(.init(name: String(name), value: String(value).asJSON))
        }
        let usersAffected = try arguments.flag("--users-affected").map { text in
            guard let count = Int64(text), count >= 0 else {
                throw UsageFault("--users-affected must be a whole number.")
            }
            return JSONValue.integer(count)
        }
        let roles = JSONObject(
            ("commander", arguments.flag("--commander")?.asJSON),
            ("communicator", arguments.flag("--communicator")?.asJSON))
        let reply = try session.caller.write(
            "POST", "/v1/incidents",
            JSONObject(
                ("title", arguments.text("TITLE")?.asJSON), ("severity", severity.asJSON),
                ("impact", arguments.flag("--impact")?.asJSON),
                ("public_title", arguments.flag("--public-title")?.asJSON),
                ("started_at", try arguments.moment("--started-at")?.asJSON),
                ("channel", arguments.flag("--channel")?.asJSON),
                ("scope", arguments.flag("--scope")?.asJSON), ("users_affected", usersAffected),
                ("security", arguments.has("--security") ? .bool(true) : nil),
                ("confidential", arguments.has("--confidential") ? .bool(true) : nil),
                ("labels", labels.members.isEmpty ? nil : .object(labels)),
                ("roles", roles.members.isEmpty ? nil : .object(roles)), ("author", session.author)))
        let ref = (reply.json.value("ref")?.asText ?? "").onOneLine
        let shown = (reply.json.value("severity")?.asText ?? severity).onOneLine
        let due = DueText.sentence("First status update", of: reply.json, now: reply.now)
        return session.report(reply, "\(ref) declared (\(shown)). \(due) drumbeat update \(ref)")
    }
}
