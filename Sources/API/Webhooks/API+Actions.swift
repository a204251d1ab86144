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
        let author = Author(
            person: webhook.person ?? Person(webhook.kind.name.rawValue), postedBy: webhook.id)
        let submit: @Sendable (any WriteRequest) -> Void = { [presses] write in
            guard presses.begin(webhook.id) == nil else {
                return context.fail(
                    Problem(
                        .overloaded, "This button is being pressed already. Wait a moment, then try again."))
            }
            context.submit(write, by: author, of: webhook.id, once: code) { presses.end(webhook.id) }
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
                // The message may be of yesterday.
                let fitting = snapshot.incident.automaticTemplate(for: .public, at: moment)
                let draft = try draftRenderer.draft(of: snapshot.incident, wish, at: moment)
                guard fitting == Template.nothingNew, draft?.missing.isEmpty == true else {
                    throw Refusal.newsSince(snapshot.stream)
                }
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

extension Refusal {
    /// There is something new to say since the button was sent.
    fileprivate static func newsSince(_ stream: StreamID) -> Refusal {
        var refusal = Refusal(
            .staleDraft,
            "There is something new to say since this message was sent, so nothing was published. Publish a status update that says it."
        )
        refusal.stream = stream
        return refusal
    }
}
