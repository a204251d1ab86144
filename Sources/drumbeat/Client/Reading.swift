import Client
import JSON

extension Commands {
    static let list = ClientSession.command(.list) { session in
        let arguments = session.arguments
        let query = Query(
            ("state", arguments.flag("--state")), ("severity", arguments.flag("--severity")),
            ("limit", arguments.flag("--limit")))
        let reply = try session.caller.get("/v1/incidents" + query.text)
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        let items = reply.json.value("items")?.elements ?? []
        if items.isEmpty {
            Output.error(
                "drumbeat: no incident matches. drumbeat list --state all lists the ended ones, too.")
            return .success
        }
        for line in IncidentTable.lines(items, on: session.screen, now: reply.now) { Output.print(line) }
        if reply.json.value("next") != nil {
            Output.error("drumbeat: there are more. Raise --limit, up to 200.")
        }
        return .success
    }
}
