import Client
import Encoding
import JSON

extension Commands {
    static let checklist = ClientSession.command(.checklist) { session in
        let reply = try session.caller.get("/v1/incidents/\(try session.incident())/checklist")
        if session.isJSON {
            Output.print(reply.body)
            return .success
        }
        for item in reply.json.value("items")?.elements ?? [] {
            Output.print(ChecklistText.line(item, now: reply.now))
        }
        return .success
    }

    static let tick = ClientSession.command(.tick) { session in
        let item = session.arguments.text("ITEM") ?? ""
        let isName = item.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_") }
        guard isName, !item.isEmpty else { throw UsageFault("\(item.onOneLine) is no item.") }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "PUT", "/v1/incidents/\(incident)/checklist/\(item)", JSONObject(("author", session.author)))
        return session.report(changed: reply) { ref, _ in "\(ref): \(item) is ticked." }
    }
}
