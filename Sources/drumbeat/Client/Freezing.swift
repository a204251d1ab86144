import Client
import Encoding
import JSON

// The commands about the freeze of deploys.
extension Commands {
    static let freeze = ClientSession.command(.freeze) { session in
        let arguments = session.arguments
        let scope = arguments.flag("--scope")
        let reply = try session.caller.get("/v1/freeze" + Query(("scope", scope)).text)
        let incidents = reply.json.value("incidents")?.elements ?? []
        let exceptions = reply.json.value("exceptions")?.elements ?? []
        let isFrozen = reply.json.value("frozen") == .bool(true)
        // Not read off the lists: what is confidential is not in them.
        let isStopped = reply.json.value("blocked") == .bool(true)
        let ending: ExitCode = arguments.has("--fail") && isStopped ? .failure : .success
        if session.isJSON {
            Output.print(reply.body)
            return ending
        }
        let what = scope.map { "Deploys of \($0.onOneLine)" } ?? "Deploys"
        guard isFrozen else {
            Output.print("\(what) are not frozen.")
            return ending
        }
        func text(_ value: JSONValue, _ name: String) -> String {
            (value.value(name)?.asText ?? "").onOneLine
        }
        func end(_ value: JSONValue) -> String {
            value.value("until")?.asTimestamp.map { DueText.text($0, now: reply.now) } ?? ""
        }
        let opening = isStopped ? "" : ", and an exception lets them through"
        Output.print("\(what) are frozen\(opening).")
        for incident in incidents {
            let ref = incident.asText?.onOneLine ?? text(incident, "ref")
            Output.print(
                "  \(ref) (\(text(incident, "severity"))) freezes \(text(incident, "scope")) until \(end(incident)): "
                    + text(incident, "title"))
        }
        for exception in exceptions {
            Output.print(
                "  \(text(exception, "incident")) allows \(text(exception, "scope")) until \(end(exception)): "
                    + "exception \(text(exception, "id"))")
        }
        if isStopped { Output.error("drumbeat: to deploy the fix: drumbeat allow INC --what \"…\"") }
        return ending
    }

    static let allow = ClientSession.command(.allow) { session in
        let arguments = session.arguments
        let minutes = try arguments.flag("--minutes").map { try Minutes.parse($0, "--minutes") }
        let path = "/v1/incidents/\(try session.incident())/freeze/exceptions"
        if let id = arguments.flag("--revoke") {
            let isID =
                !id.isEmpty
                && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }
            guard isID else {
                throw UsageFault("--revoke must be the id of an exception; drumbeat freeze lists them.")
            }
            let reply = try session.caller.write(
                "DELETE", "\(path)/\(id)" + Query(("author", arguments.flag("--author"))).text, nil)
            return session.report(changed: reply) { ref, _ in "\(ref): the exception has ended." }
        }
        let reply = try session.caller.write(
            "POST", path,
            JSONObject(
                ("minutes", minutes.map { .integer($0) }), ("scope", arguments.flag("--scope")?.asJSON),
                ("what", arguments.flag("--what")?.asJSON), ("author", session.author)))
        let ref = (reply.json.value("incident")?.asText ?? "").onOneLine
        let scope = (reply.json.value("data", "scope")?.asText ?? "").onOneLine
        let id = (reply.json.value("id")?.asText ?? "").onOneLine
        let until = reply.json.value("data", "until")?.asTimestamp
        let end = until.map { " until \(DueText.text($0, now: reply.now))" } ?? ""
        return session.report(
            reply,
            "\(ref): deploys of \(scope == "*" ? "everything" : scope) are allowed\(end). drumbeat allow \(ref) --revoke \(id)"
        )
    }

    static let lift = ClientSession.command(.lift) { session in
        let path = "/v1/incidents/\(try session.incident())/freeze"
        let reply = try session.caller.write(
            "DELETE", path + Query(("author", session.arguments.flag("--author"))).text, nil)
        return session.report(changed: reply) { ref, _ in "\(ref) freezes no deploys." }
    }
}
