import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// The routes of drafts, status updates and templates.
extension DrumbeatAPI {
    func readDraft(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["audience", "template", "next_update_in_minutes"])
        let audience =
            try query.choice("audience", of: Audience.self)
            ?? PublishUpdate.audience(ofTemplate: query["template"])
        let template = try templateName(query["template"]) { Problem.parameter("template", $0) }
        let minutes = try query.integer("next_update_in_minutes", in: Self.draftMinutes)
        let name = try context.incidentName()
        let now = services.routing.clock()
        let wantsJSON = context.prefersJSON
        let draftRenderer = services.draftRenderer
        context.read(.critical) { [self] in
            let snapshot = try services.requireIncident(name)
            let moment = max(now, snapshot.incident.recordedAt)
            var wish = DraftRenderer.Wish(for: audience, template: template)
            wish.promisedAt = minutes.map { moment + .seconds(60 * $0) }
            let draft: Draft?
            do {
                draft = try draftRenderer.draft(of: snapshot.incident, wish, at: moment)
            } catch let refusal as Refusal {
                throw Problem.parameter("template", refusal.flaws.first?.detail ?? refusal.detail)
            }
            guard let draft else { throw Problem(.internalFault, "A template is missing.") }
            guard wantsJSON else {
                return Responses.varying(by: .accept, Responses.text(draft.text, noStore: true))
            }
            return Responses.varying(
                by: .accept,
                Responses.object(noStore: true) { writer in
                    writer.members(of: draft)
                    writer.name("used_seqs")
                    writer.beginArray()
                    for seq in draft.usedSeqs { writer.integer(seq) }
                    writer.endArray()
                    writer.member("missing", draft.missing)
                    writer.member("optional", draft.optional)
                })
        }
    }

    /// Range of `next_update_in_minutes`.
    static let draftMinutes =
        Int(PublishUpdate.minutesRange.lowerBound)...Int(PublishUpdate.minutesRange.upperBound)

    /// A valid template name; `nil` for `auto`.
    private func templateName(
        _ name: String?, _ refusal: (String) -> Problem
    ) throws(Problem) -> String? {
        guard let name, name != "auto" else { return nil }
        guard services.draftRenderer.template(named: name) != nil else {
            throw refusal("must be auto or one of \(templateNames).")
        }
        return name
    }

    private var templateNames: String {
        services.draftRenderer.templates.map(\.name).joined(separator: ", ")
    }

    func publishUpdate(
        _ context: RequestContext, _ update: PublishUpdate, author: String?
    ) throws(Problem) {
        if update.status != nil, let principal = context.ticket.principal, principal.scope < .command {
            throw .insufficientScope(principal.scope, needed: .command)
        }
        let name = try context.incidentName()
        guard let template = update.template else {
            return publish(context, name, update, author)
        }
        let templateName = try templateName(template) {
            Problem.validation([.init("#/template", "It \($0)")])
        }
        writeThenPublish(context, name, update, templateName, author)
    }

    private func publish(
        _ context: RequestContext, _ name: StreamName, _ update: PublishUpdate, _ author: String?
    ) {
        var update = update
        if services.incidents.policy.lint.mode != .off { update.people = knownPeople }
        context.submit(
            PerformAction(update, on: name, in: services.incidents, showing: .entry), author: author)
    }

    /// Fills the template on a thread that may block, then submits the update with the draft's basis.
    private func writeThenPublish(
        _ context: RequestContext, _ name: StreamName, _ update: PublishUpdate, _ template: String?,
        _ author: String?
    ) {
        let (draftRenderer, clock) = (services.draftRenderer, services.routing.clock)
        // As critical as publishing a text.
        context.onReader(.critical) { [self] in
            let snapshot = try services.requireIncident(name)
            let moment = max(update.occurredAt ?? clock(), snapshot.incident.recordedAt)
            var wish = DraftRenderer.Wish(for: update.audience, template: template)
            wish.fill = update.fill
            wish.status = update.status?.to
            wish.promisedAt =
                update.nextUpdateAt ?? update.nextUpdateInMinutes.map { moment + .seconds(60 * $0) }
            var filled = update
            do {
                guard let draft = try draftRenderer.draft(of: snapshot.incident, wish, at: moment) else {
                    throw Problem(.internalFault, "A template is missing.")
                }
                filled.text = draft.text
                filled.template = draft.template
                filled.isAutomatic = template == nil
                filled.basisSeq = update.basisSeq ?? draft.basisSeq
            } catch let refusal as Refusal {
                filled.refusal = refusal
            }
            publish(context, name, filled, author)
        }
    }

    func listTemplates(_ context: RequestContext) throws(Problem) {
        let page = try context.page(services.draftRenderer.templates, id: \.name)
        let list = Responses.list(
            page.items, next: page.next, request: context.request, cursor: \.name
        ) { writer, template in
            writer.member("name", template.name)
            writer.member("text", template.text)
        }
        context.answer(Responses.tagged(list, for: context))
    }

    func readTemplate(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let template = services.draftRenderer.template(named: context.firstParameter)
        else {
            throw Problem(.notFound, "This template does not exist. The templates are \(templateNames).")
        }
        let answer =
            context.prefersJSON
            ? Responses.object { writer in
                writer.member("name", template.name)
                writer.member("text", template.text)
            } : Responses.text(template.text)
        context.answer(Responses.varying(by: .accept, Responses.tagged(answer, for: context)))
    }
}

extension RequestContext {
    /// Whether the client prefers JSON; a plain `curl` (`*/*`), or no `Accept`, gets plain text.
    fileprivate var prefersJSON: Bool {
        request.fields["accept"].map { Accept($0).prefers("application/json", to: "text/plain") } ?? false
    }
}
