import Engine
import HTTP
import Incidents
import Journal
import JSON
import Routing
import Time

/// The cadence and its deadlines.
extension DrumbeatAPI {
    func readCadence(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        if let snapshot = services.incidents.snapshot(name) {
            return context.answer(cadenceAnswer(snapshot.incident, context))
        }
        context.read { [self] in
            let snapshot = try services.requireIncident(name)
            return cadenceAnswer(snapshot.incident, context)
        }
    }

    private func cadenceAnswer(_ incident: Incident, _ context: RequestContext) -> Response {
        let tag = ETags.counter(incident.version)
        if context.holds(tag) { return Responses.notModified(tag) }
        return Responses.object(tag: tag) { writer in
            writer.cadenceMembers(of: incident)
            writer.name("deadlines")
            writer.deadlines(of: incident)
        }
    }
}
