import Client
import Encoding
import JSON

// The commands about what is open: todos, the next action, what may explain the incident.
extension Commands {
    static let todos = ClientSession.command(.todos) { session in
        let incident = try session.incident()
        let path = "/v1/incidents/\(incident)"
        let reply = try session.caller.get(path)
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let todos = reply.json.value("todos")?.elements ?? []
        guard !todos.isEmpty else {
            Output.error(
                "drumbeat: nothing is to be done. drumbeat note \(incident) \"…\" --kind todo --owner NAME")
            return .success
        }
        let page = try session.caller.get("\(path)/timeline?kind=todo&order=desc&limit=200")
        let entries = page.json.value("items")?.elements ?? []
        for todo in todos {
            let seq = todo.value("seq")?.asInteger
            let entry = entries.first { seq != nil && $0.value("seq")?.asInteger == seq }
            Output.print(TodoText.line(todo, entry: entry, now: reply.now))
        }
        return .success
    }

    static let nextAction = ClientSession.command(.nextAction) { session in
        let arguments = session.arguments
        let text = try session.text(arguments.text("TEXT"))
        guard (text == nil) == arguments.has("--clear") else {
            throw UsageFault("say what is done next, or give --clear, and not both.")
        }
        guard text != nil || !arguments.has("--owner") else { throw UsageFault("--owner needs a text.") }
        let incident = try session.incident()
        let action = text.map {
            JSONValue.object(JSONObject(("text", $0.asJSON), ("owner", arguments.flag("--owner")?.asJSON)))
        }
        let reply = try session.caller.write(
            "PATCH", "/v1/incidents/\(incident)",
            JSONObject(("next_action", action ?? .null), ("author", session.author)))
        return session.report(changed: reply) { ref, _ in
            "\(ref): the next action is \(text == nil ? "removed" : "recorded")."
        }
    }

    static let context = ClientSession.command(.context) { session in
        let incident = try session.incident()
        let reply = try session.caller.get("/v1/incidents/\(incident)/context")
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let lines = ContextText.lines(reply.json, now: reply.now)
        for line in lines { Output.print(line) }
        if lines.isEmpty {
            Output.error("drumbeat: no deploy before \(incident) and no similar incident is known.")
        }
        return .success
    }
}
