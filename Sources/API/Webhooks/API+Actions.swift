import Engine
import HTTP
import Incidents
import Journal
import Model
import Routing
import Views

/// The links in messages that do one thing without a token.
extension DrumbeatAPI {
    func performAction(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let now = services.routing.clock()
        let code = context.firstParameter
        let credentials = services.routing.credentials
        let link = ActionLink(code: code) { id in
            credentials.webhook(id).map { $0.disabledAt == nil ? $0.secrets(at: now) : [] } ?? []
        }
        guard let link, let webhook = credentials.webhook(link.webhook) else {
            throw Problem(
                .notFound,
                "This link was not made by this service, or its webhook is gone. Use the last message's.")
        }
        guard now.milliseconds / 1_000 < link.expiresAt else {
            throw Problem(.notFound, "This link is older than a day. Use the last message's.")
        }
        guard probes.begin(webhook.id) else { throw Problem(of: .overloaded) }
        let author = Author(
            person: webhook.person ?? Person(webhook.kind.name.rawValue), postedBy: webhook.id)
        let submit: @Sendable (any WriteRequest) -> Void = { [probes] write in
            context.submit(write, by: author, once: code) { probes.end(webhook.id) }
        }
        switch link.act {
        case .snooze(let minutes):
            submit(
                PerformAction(
                    SnoozeNags(minutes: minutes, reason: "pressed in a nag"), on: .number(link.number),
                    in: services.incidents, showing: .entry))
        case .nothingNew: publishNothingNew(context, link, submit)
        }
    }

    private func publishNothingNew(
        _ context: RequestContext, _ link: ActionLink,
        _ submit: @escaping @Sendable (any WriteRequest) -> Void
    ) {
        let (draftRenderer, clock) = (services.draftRenderer, services.routing.clock)
        context.onReader(.critical) { [self] in
            let snapshot = try services.requireIncident(.number(link.number))
            var update = PublishUpdate(audience: .public, text: "", template: Template.nothingNew)
            do {
                let moment = max(clock(), snapshot.incident.recordedAt)
                let wish = DraftRenderer.Wish(for: .public, template: Template.nothingNew)
                let draft = try draftRenderer.draft(of: snapshot.incident, wish, at: moment)
                update.text = draft?.text ?? ""
                update.basisSeq = draft?.basisSeq
            } catch let refusal as Refusal {
                update.refusal = refusal
            }
            submit(
                PerformAction(update, on: .number(link.number), in: services.incidents, showing: .entry))
        }
    }
}
