import Engine
import HTTP
import Incidents
import Journal
import JSON
import Time

/// The routes of the cadence: its deadlines, another interval, snoozes, escalations.
extension APIResponder {
    /// The longest interval that can be asked for, in seconds: four times the longest that can be configured.
    static let intervalSecondsMax: Int64 = 4 * 7 * 86_400
    /// More minutes than any interval has.
    static let minutesMax: Int64 = intervalSecondsMax / 60

    func readCadence(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        if let snapshot = atHand(name) {
            return context.answer(cadenceAnswer(snapshot.incident, context))
        }
        let incidentLoader = services.incidentLoader
        context.read { [self] in
            guard let number = try incidentLoader.number(of: name),
                let snapshot = try incidentLoader.snapshot(number)
            else {
                throw Problem.noIncident
            }
            return cadenceAnswer(snapshot.incident, context)
        }
    }

    private func cadenceAnswer(_ incident: Incident, _ context: RequestContext) -> Response {
        let tag = ETags.incident(incident)
        if context.holds(tag) { return Responses.notModified(tag) }
        return Responses.object(tag: tag) { writer in
            writer.cadenceMembers(of: incident)
            writer.name("deadlines")
            writer.deadlines(of: incident)
        }
    }

    func changeCadence(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let seconds = input.requiredInteger("interval_seconds", in: 1...APIResponder.intervalSecondsMax)
        let reason = input.optionalText("reason", .reason)
        try change(context, input, ChangeInterval(to: .seconds(seconds), reason: reason))
    }

    func snooze(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let minutes = input.requiredInteger("minutes", in: 1...APIResponder.minutesMax)
        let reason = input.text("reason", .reason)
        try change(context, input, SnoozeNags(minutes: minutes, reason: reason), showing: .entry)
    }

    func escalate(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let person = input.person("to")
        let reason = input.text("reason", .reason)
        try change(context, input, Escalate(to: person, reason: reason), showing: .entry)
    }
}
