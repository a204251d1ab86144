import Client
import Encoding
import JSON

extension Commands {
    static let check = ClientSession.command(.check) { session in
        let arguments = session.arguments
        guard arguments.has("--passed") != arguments.has("--failed") else {
            throw UsageFault("give either --passed or --failed.")
        }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/checks",
            JSONObject(
                ("path", arguments.text("PATH")?.asJSON), ("passed", .bool(arguments.has("--passed"))),
                ("evidence", arguments.flag("--evidence")?.asJSON), ("by", arguments.flag("--by")?.asJSON),
                ("author", session.author)))
        let ref = (reply.json.value("incident")?.asText ?? incident).onOneLine
        let path = (reply.json.value("data", "path")?.asText ?? "").onOneLine
        let result = arguments.has("--passed") ? "passed" : "failed"
        let seq = reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
        // The check is recorded, whether or not the incident can be read.
        let read = session.isJSON ? nil : try? session.impatientCaller().get("/v1/incidents/\(incident)").json
        let next = CheckText.next(
            ref, afterCheckOf: path, passed: arguments.has("--passed"), read, now: reply.now)
        return session.report(
            reply, "\(ref): \(path) \(result), recorded as entry \(seq). \(next)")
    }
}
