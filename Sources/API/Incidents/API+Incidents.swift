import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// The routes under /v1/incidents that concern an incident itself.
extension DrumbeatAPI {
    func listIncidents(_ context: RequestContext) throws(Problem) {
        let query = try context.query(
            ["state", "severity", "status", "channel", "since", "limit", "after", "q"], repeatable: ["label"])
        let limit = try query.limit()
        var filter = IncidentFilter()
        try DrumbeatAPI.refuseSwapped(query)
        filter.state = try query.choice("state", of: IncidentFilter.State.self) ?? .open
        filter.status = try query.choice("status", of: Incident.Status.self)
        filter.since = try query.moment("since")
        if let text = query["severity"] {
            guard let severity = Severity(input: text) else {
                throw .parameter("severity", Severity.advice(on: text))
            }
            filter.severity = severity
        }
        let matcher = try IncidentMatcher(filter, query)
        if let text = query["q"] {
            return try search(IncidentSearch(text), query, filter, limit: limit, matcher, context)
        }
        let before = try query.before()

        let principal = context.ticket.principal
        let changes =
            principal.seesConfidential
            ? services.incidents.lastChanges() : services.incidents.lastShownChanges()
        let tag = ETags.tag(filter.state == .open ? changes.open : changes.any, context.contacts.form)
        let isWanted: @Sendable (Incident) -> Bool = { [self] in
            matcher.matches($0) && isListed($0, for: principal)
        }
        if context.holds(tag) {
            return context.answer(Responses.varying(by: .token, Responses.notModified(tag)))
        }
        if filter.state == .open {
            let answer: @Sendable () -> Response = { [self] in
                let page = services.incidents.open(before: before, limit: limit, where: isWanted)
                let next = page.more ? page.items.last?.incident.number : nil
                return listAnswer(page.items, next: next, context, tag)
            }
            if matcher.isSlow, services.incidents.openCount() > Self.scannedOnLoopMax {
                return context.read { answer() }
            }
            return context.answer(answer())
        }
        let rows = filter
        context.read { [self] in
            let page = try page(rows, before: before, limit: limit, where: isWanted)
            return listAnswer(page.items, next: page.next, context, tag)
        }
    }

    /// Upper bound of the labels of a request: each is compared with each label of each incident.
    static let labelsMax = 10

    /// Upper bound of open incidents whose labels are compared on a loop: under a millisecond.
    private static let scannedOnLoopMax = 500

    /// Refuses a status given as the state, and the other way round.
    private static func refuseSwapped(_ query: Query) throws(Problem) {
        if let text = query["status"], Incident.Status(typed: text) == nil,
            let state = IncidentFilter.State(typed: text)
        {
            throw .parameter("status", "this is a state: send state=\(state.rawValue).")
        }
        if let text = query["state"], IncidentFilter.State(typed: text) == nil,
            let status = Incident.Status(typed: text)
        {
            let state = [.resolved, .cancelled].contains(status) ? "state=ended&" : ""
            throw .parameter(
                "state",
                "this is a status; a state is open, ended or all. \(state)status=\(status.rawValue) lists such incidents."
            )
        }
    }

    /// Upper bound of incidents folded per request to find a label or a channel. Beyond that the page is shorter and has a `next`.
    static let foldsMax = 1_000

    /// A page of incidents that may not be in memory, and its cursor when there may be more.
    private func page(
        _ filter: IncidentFilter, before: Int?, limit: Int, where matches: (Incident) -> Bool
    ) throws -> (items: [IncidentSnapshot], next: Int?) {
        var scan = IncidentScan(
            filter, before: before, within: .init(foldsMax: DrumbeatAPI.foldsMax), in: services)
        var items: [IncidentSnapshot] = []
        while let snapshot = try scan.next(where: { _ in true }) {
            guard matches(snapshot.incident) else { continue }
            if items.count == limit { return (items, items.last?.incident.number) }
            items.append(snapshot)
        }
        return (items, try scan.hasMore() ? scan.last : nil)
    }

    private func search(
        _ search: IncidentSearch, _ query: Routing.Query, _ filter: IncidentFilter, limit: Int,
        _ matcher: IncidentMatcher, _ context: RequestContext
    ) throws(Problem) {
        let cursor = query["after"].map { IncidentSearch.Cursor($0) }
        if let cursor, cursor == nil { throw .unknownCursor }
        let token = context.ticket.principal?.id ?? ""
        let principal = context.ticket.principal
        context.read { [self] in
            guard searches.begin(token) == nil else { throw Problem.tooManySearches }
            defer { searches.end(token) }
            let page = try search.page(
                filter, from: cursor ?? nil, limit: limit, in: services, for: viewer(principal)
            ) {
                matcher.matches($0) && isListed($0, for: principal)
            }
            let answer = Responses.list(
                page.items, next: page.next?.text, request: context.request, tag: nil,
                cursor: { String($0.incident.number) }
            ) { writer, snapshot in
                writer.rawMembers(ofObject: body(of: snapshot, for: principal))
            }
            return Responses.varying(by: .token, Responses.tagged(answer, for: context))
        }
    }

    private func listAnswer(_ items: [IncidentSnapshot], next: Int?, _ context: RequestContext, _ tag: String)
        -> Response
    {
        let principal = context.ticket.principal
        return Responses.varying(
            by: .token,
            Responses.list(
                items, next: next.map { String($0) }, request: context.request, tag: tag,
                cursor: { String($0.incident.number) }
            ) { writer, snapshot in
                // Encoded once per version.
                writer.rawMembers(ofObject: body(of: snapshot, for: principal))
            })
    }

    func readIncident(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["at"])
        let name = try context.incidentName()
        let moment = try query.moment("at")
        // The fields of most requests, dashboards' polls above all, need no negotiation.
        guard
            context.acceptsAnything
                || context.accepted(of: DrumbeatAPI.incidentTypes) == DrumbeatAPI.incidentTypes[0]
        else {
            return readBrief(context, name, at: moment)
        }
        if moment == nil, let snapshot = services.incidents.snapshot(name) {
            return context.answer(incidentAnswer(snapshot, context))
        }
        let incidentLoader = services.incidentLoader
        context.read { [self] in
            let snapshot = try incident(name, at: moment, from: incidentLoader)
            guard moment != nil else { return incidentAnswer(snapshot, context) }
            guard !namesHidden(snapshot.incident, from: context.ticket.principal) else {
                return incidentAnswer(snapshot, context)
            }
            let tag = ETags.tag(snapshot.validator, context.contacts.form)
            let answer =
                context.holds(tag)
                ? Responses.notModified(tag)
                : Responses.object(tag: tag) {
                    $0.members(of: snapshot.incident, for: viewer(context.ticket.principal))
                }
            return Responses.varying(by: .tokenAndAccept, answer)
        }
    }

    /// The incident now, or as recorded by a moment. Blocks on the store; throws a `Problem` when there is none.
    private func incident(_ name: StreamName, at moment: Timestamp?, from loader: StateLoader<Incident>)
        throws
        -> IncidentSnapshot
    {
        guard let moment else { return try services.requireIncident(name) }
        guard let number = try loader.number(of: name) else { throw Problem.noIncident }
        guard let then = try loader.snapshot(number, recordedBy: moment) else {
            throw Problem(.notFound, "The incident was not declared by \(moment.rfc3339).")
        }
        return then
    }

    /// The forms of an incident, by media type; the first is the default.
    private static let incidentTypes = ["application/json", "text/plain"]

    /// The incident in a few lines. The tag has the last seq, because the lines show the last entries.
    private func readBrief(_ context: RequestContext, _ name: StreamName, at moment: Timestamp?) {
        let (loader, reader) = (services.incidentLoader, services.reader)
        context.read { [self] in
            let snapshot = try incident(name, at: moment, from: loader)
            let tag = ETags.tag(snapshot.timelineValidator, .brief)
            if context.holds(tag) {
                return Responses.varying(by: .tokenAndAccept, Responses.notModified(tag))
            }
            let brief = try Brief(snapshot, for: viewer(context.ticket.principal), from: reader)
            return Responses.varying(
                by: .tokenAndAccept, Responses.text("text/plain", Array(brief.text.utf8), tag: tag))
        }
    }

    private func incidentAnswer(_ snapshot: IncidentSnapshot, _ context: RequestContext) -> Response {
        guard !namesHidden(snapshot.incident, from: context.ticket.principal) else {
            let body = body(of: snapshot, for: context.ticket.principal)
            return Responses.varying(
                by: .tokenAndAccept, Responses.tagged(Responses.bytes(.ok, body), for: context))
        }
        let answers = cache.answers(of: snapshot, context.contacts)
        return context.holds(answers.tag) ? answers.notModified : answers.found
    }
}

extension Query {
    /// The cursor of incidents, as in `next`: `41` or `INC-41`.
    fileprivate func before() throws(Problem) -> Int? {
        guard let text = self["after"] else { return nil }
        guard let number = Int(digits: Array(text.utf8)) ?? Incident.number(inRef: text) else {
            throw .unknownCursor
        }
        return number
    }
}

extension RequestContext {
    /// The incident named in the path; the name of none if it does not exist for the caller.
    func incidentName() throws(Problem) -> StreamName {
        guard let name = StreamName(incident: firstParameter) else { throw .noIncident }
        return visible(name)
    }
}

extension Problem {
    static var tooManySearches: Problem {
        Problem(
            .overloaded,
            "Too many searches are in progress, in total or with this token. Retry after Retry-After.",
            retryAfterSeconds: 1)
    }

    static var noIncident: Problem { Problem(Incident.notFound) }
}

extension Representations {
    static func bytes(of incident: Incident, for viewer: Viewer) -> [UInt8] {
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.members(of: incident, for: viewer)
        writer.endObject()
        return writer.bytes
    }

    static func incident(
        _ snapshot: IncidentSnapshot, _ status: Status, _ warnings: [Warning], _ viewer: Viewer
    ) -> Response {
        Responses.object(
            status, tag: ETags.tag(snapshot.validator, viewer.contacts.form),
            location: status == .created ? "/v1/incidents/\(snapshot.incident.ref)" : nil
        ) { writer in
            writer.members(of: snapshot.incident, for: viewer)
            writer.warnings(warnings, ref: snapshot.incident.ref)
        }
    }
}
