import Client
import Encoding
import JSON
import Time

// The commands about what is tried to end an incident.
extension Commands {
    static let mitigate = ClientSession.command(.mitigate) { session in
        let arguments = session.arguments
        let action = try session.text(arguments.text("TEXT"))
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/mitigations",
            JSONObject(
                ("action", action?.asJSON), ("kind", arguments.flag("--kind")?.asJSON),
                ("expected", arguments.flag("--expect")?.asJSON),
                ("metric", arguments.flag("--metric")?.asJSON),
                ("risk", arguments.flag("--risk")?.asJSON), ("owner", arguments.flag("--owner")?.asJSON),
                ("parallel_reason", arguments.flag("--parallel")?.asJSON), ("author", session.author)))
        return session.report(
            reply,
            "\(incident): the mitigation is open since entry \(session.seq(of: reply)). To end it: drumbeat outcome \(incident) worked"
        )
    }

    static let rollback = ClientSession.command(.rollback) { session in
        let arguments = session.arguments
        let version = arguments.text("VERSION") ?? ""
        guard let database = arguments.flag("--database") else {
            throw UsageFault(
                "--database is required: safe, if the older version works with the data, or forward_fix.")
        }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/mitigations",
            JSONObject(
                ("kind", "rollback".asJSON), ("known_good", version.asJSON),
                ("database", Words.typed(database)),
                ("expected", arguments.flag("--expect")?.asJSON),
                ("metric", arguments.flag("--metric")?.asJSON),
                ("risk", arguments.flag("--risk")?.asJSON), ("owner", arguments.flag("--owner")?.asJSON),
                ("override", arguments.has("--override") ? .bool(true) : nil),
                ("reason", arguments.flag("--reason")?.asJSON),
                ("parallel_reason", arguments.flag("--parallel")?.asJSON), ("author", session.author)))
        let isApproved = reply.json.value("data", "approved") == .bool(true)
        return session.report(
            reply,
            "\(incident): the rollback to \(version) "
                + (isApproved
                    ? "is open since entry \(session.seq(of: reply)). To end it: drumbeat outcome \(incident) worked"
                    : "waits for a yes, as entry \(session.seq(of: reply)). To answer: drumbeat approve \(incident) yes")
        )
    }

    static let approve = ClientSession.command(.approve) { session in
        let arguments = session.arguments
        let answer = arguments.text("ANSWER") ?? ""
        guard ["yes", "no"].contains(answer) else { throw UsageFault("ANSWER must be yes or no.") }
        let incident = try session.incident()
        let mitigation = try session.mitigation("requested", "No rollback waits for a yes.", of: incident)
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/mitigations/\(mitigation.id)/approval",
            JSONObject(
                ("approved", .bool(answer == "yes")), ("reason", arguments.flag("--reason")?.asJSON),
                ("parallel_reason", arguments.flag("--parallel")?.asJSON), ("author", session.author)))
        return session.report(
            reply,
            "\(incident): the rollback of entry \(mitigation.seq) "
                + (answer == "yes"
                    ? "is open. To end it: drumbeat outcome \(incident) worked" : "is declined."))
    }

    static let outcome = ClientSession.command(.outcome) { session in
        let arguments = session.arguments
        let incident = try session.incident()
        let mitigation = try session.mitigation("open", "No mitigation is open.", of: incident)
        let reply = try session.caller.write(
            "PATCH", "/v1/incidents/\(incident)/mitigations/\(mitigation.id)",
            JSONObject(
                ("state", Words.typed(arguments.text("RESULT") ?? "")),
                ("result", arguments.flag("--seen")?.asJSON), ("author", session.author)))
        return session.report(changed: reply) { ref, _ in
            "\(ref): the mitigation of entry \(mitigation.seq) ended: \(arguments.text("RESULT") ?? "")."
        }
    }
}

extension Commands {
    static let mitigations = ClientSession.command(.mitigations) { session in
        let incident = try session.incident()
        let reply = try session.caller.get(
            "/v1/incidents/\(incident)/mitigations"
                + Query(("limit", session.arguments.flag("--limit"))).text)
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let items = reply.json.value("items")?.elements ?? []
        guard !items.isEmpty else {
            Output.error("drumbeat: nothing was tried yet. drumbeat mitigate \(incident) \"…\"")
            return .success
        }
        for item in items {
            for line in MitigationText.lines(item, now: reply.now) { Output.print(line) }
        }
        if reply.json.value("next")?.asText != nil {
            Output.error("drumbeat: there are more. drumbeat mitigations \(incident) --limit 200")
        }
        return .success
    }
}

/// Words of the service, as people type them.
private enum Words {
    /// `no-effect` is `no_effect`.
    static func typed(_ text: String) -> JSONValue {
        String(text.map { $0 == "-" ? "_" : $0 }).asJSON
    }
}

extension ClientSession {
    fileprivate func seq(of reply: ServiceCaller.Reply) -> String {
        reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
    }

    /// The mitigation of `--entry`, else the only one in that state.
    fileprivate func mitigation(
        _ state: String, _ none: String, of incident: String
    ) throws -> (id: String, seq: Int) {
        let items = try caller.get("/v1/incidents/\(incident)/mitigations?limit=200").json.value("items")?
            .elements
        let known = (items ?? []).compactMap {
            item -> (id: String, seq: Int, state: String, action: String)? in
            guard let id = item.value("id")?.asText, let seq = item.value("seq")?.asInteger else {
                return nil
            }
            let action = item.value("known_good") ?? item.value("action")
            return (id, seq, item.value("state")?.asText ?? "", action?.asText ?? "")
        }
        if let wanted = arguments.flag("--entry") {
            guard let found = known.first(where: { String($0.seq) == wanted }) else {
                throw ClientFault("Entry \(wanted.onOneLine) began no mitigation of \(incident).")
            }
            return (found.id, found.seq)
        }
        let fitting = known.filter { $0.state == state }
        guard let first = fitting.first else { throw ClientFault("\(none) drumbeat show \(incident)") }
        guard fitting.count == 1 else {
            let lines = fitting.map { "  --entry \($0.seq)  \($0.action.onOneLine)" }
            throw ClientFault("There are several. Name one of them:\n" + lines.joined(separator: "\n"))
        }
        return (first.id, first.seq)
    }
}
