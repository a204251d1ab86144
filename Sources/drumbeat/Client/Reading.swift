import Client
import JSON

extension Commands {
    static let list = ClientSession.command(.list) { session in
        let arguments = session.arguments
        let query = Query(
            ("state", arguments.flag("--state")), ("severity", arguments.flag("--severity")),
            ("q", arguments.flag("--search")), ("limit", arguments.flag("--limit")))
        let reply = try session.caller.get("/v1/incidents" + query.text)
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let items = reply.json.value("items")?.elements ?? []
        if items.isEmpty {
            let more = ["all", "ended"].contains(arguments.flag("--state")) ? "" : " \(endedToo)"
            Output.error("drumbeat: no incident matches.\(more)")
            return .success
        }
        for line in IncidentTable.lines(items, on: session.screen, now: reply.now) { Output.print(line) }
        if reply.json.value("next") != nil {
            Output.error(
                arguments.flag("--search") == nil
                    ? "drumbeat: there are more. Raise --limit, up to 200."
                    : "drumbeat: the search ended early. Narrow it, for example with --severity or --state.")
        }
        return .success
    }

    private static let endedToo = "drumbeat list --state all lists the ended ones, too."

    static let show = ClientSession.command(.show) { session in
        let path = "/v1/incidents/\(try session.incident())"
        if session.isJSON {
            Output.print(try session.caller.get(path).body)
        } else {
            Output.print(Array(try session.caller.text(path).shownInLines.utf8))
        }
        return .success
    }

    static let follow = ClientSession.command(.follow) { session in
        let count = Int(session.arguments.flag("--last") ?? "10")
        guard let count, (0...200).contains(count) else { throw UsageFault("--last must be 0 to 200.") }
        let incident = try session.incident()
        let line = LiveLine(session.screen) { Output.write($0, to: 1) }
        line.eraseOnSignals()
        let follower = Follower(
            session.caller, reader: try session.impatientCaller(), incident: incident, line: line,
            isJSON: session.isJSON, wait: ClientSession.wait, say: { Output.error("drumbeat: \($0)") })
        try follower.run(last: count)
        return .success
    }
}
