import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Time

/// The routes under /v1/incidents that are about an incident itself.
extension APIResponder {
    func declare(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let details = input.details()
        let severity = input.requiredSeverity("severity")
        let author = input.author()
        try input.finish()
        context.submit(.declare(Declare(severity, details)), author: author) { outcome in
            try Representations.render(outcome)
        }
    }

    func listIncidents(_ context: RequestContext) throws(Problem) {
        let query = try context.query(
            ["state", "severity", "status", "channel", "since", "limit", "after"], repeatable: ["label"])
        let limit = try query.limit()
        let before = try query.before()
        var filter = IncidentFilter()
        filter.state = try query.choice("state", of: IncidentFilter.State.self) ?? .open
        filter.status = try query.choice("status", of: Incident.Status.self)
        filter.since = try query.moment("since")
        if let text = query["severity"] {
            guard let severity = Severity(input: text) else {
                throw .parameter("severity", "must be one of minor, major, critical.")
            }
            filter.severity = severity
        }
        let matcher = try IncidentMatcher(filter, query)

        let tags = services.board.tags()
        let tag = ETags.list(position: filter.state == .open ? tags.open : tags.all)
        if context.holds(tag) { return context.answer(Responses.notModified(tag)) }
        if filter.state == .open {
            let page = services.board.open(before: before, limit: limit, where: matcher.matches)
            let next = page.more ? page.items.last?.incident.number : nil
            return context.answer(listAnswer(page.items, next: next, context, tag))
        }
        let rows = filter
        context.read { [self] in
            let page = try search(rows, before: before, limit: limit, where: matcher.matches)
            return listAnswer(page.items, next: page.next, context, tag)
        }
    }

    /// How many incidents one request folds to look for a label or a channel; a shorter page with a `next` is the answer then.
    private static let foldsMax = 1_000

    /// A page of incidents that need not be in memory, and the number it ends with when there may be more.
    private func search(
        _ filter: IncidentFilter, before: Int?, limit: Int, where matches: (Incident) -> Bool
    ) throws -> (items: [IncidentSnapshot], next: Int?) {
        var items: [IncidentSnapshot] = []
        var last = before
        var folds = 0
        while true {
            let rows = try services.reader.incidents(filter, before: last, limit: 200)
            for row in rows {
                if folds == APIResponder.foldsMax { return (items, last) }
                folds += 1
                if let snapshot = try services.incidentLoader.snapshot(row.number), matches(snapshot.incident)
                {
                    if items.count == limit { return (items, items.last?.incident.number) }
                    items.append(snapshot)
                }
                last = row.number
            }
            guard rows.count == 200 else { return (items, nil) }
        }
    }

    private func listAnswer(_ items: [IncidentSnapshot], next: Int?, _ context: RequestContext, _ tag: String)
        -> Response
    {
        Responses.list(items, next: next.map { String($0) }, request: context.request, tag: tag) {
            writer, snapshot in
            writer.rawMembers(ofObject: body(of: snapshot.incident))
        }
    }

    /// An incident's encoded body, made once for each version.
    private func body(of incident: Incident) -> [UInt8] {
        cache.answers(of: incident).found.body
    }

    func readIncident(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["at"])
        let name = try context.incidentName()
        let moment = try query.moment("at")
        if moment == nil, let snapshot = atHand(name) {
            return context.answer(incidentAnswer(snapshot, context))
        }
        let incidentLoader = services.incidentLoader
        context.read { [self] in
            guard let number = try incidentLoader.number(of: name) else { throw Problem.noIncident }
            if let moment {
                guard let then = try incidentLoader.snapshot(number, recordedBy: moment) else {
                    throw Problem(.notFound, "The incident was not declared by \(moment.rfc3339).")
                }
                let tag = ETags.incident(then.incident)
                if context.holds(tag) { return Responses.notModified(tag) }
                return Responses.object(tag: tag) { $0.members(of: then.incident) }
            }
            guard let snapshot = try incidentLoader.snapshot(number) else { throw Problem.noIncident }
            return incidentAnswer(snapshot, context)
        }
    }

    /// The incident when it is in memory: no SQL, no thread but the loop's.
    func atHand(_ name: IncidentName) -> IncidentSnapshot? {
        switch name {
        case .number(let number): services.board.snapshot(number)
        case .id(let id): services.board.number(of: id).flatMap(services.board.snapshot)
        }
    }

    private func incidentAnswer(_ snapshot: IncidentSnapshot, _ context: RequestContext) -> Response {
        let answers = cache.answers(of: snapshot.incident)
        return context.holds(answers.tag) ? answers.notModified : answers.found
    }

    func editIncident(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        try change(context, input, input.edit())
    }

    func raiseSeverity(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let severity = input.requiredSeverity("severity")
        let reason = input.optionalText("reason", .reason)
        try change(context, input, RaiseSeverity(to: severity, reason: reason))
    }

    func disputeSeverity(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let claims = input.requiredSeverity("claims")
        let reason = input.text("reason", .reason)
        try change(context, input, DisputeSeverity(claims: claims, reason: reason), showing: .entry)
    }

    func changeStatus(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
        let (change, duplicateOf) = input.statusChange()
        let author = input.author()
        try input.finish()
        let name = try context.incidentName()
        let versions = ETags.versions(ifMatch: context.request.fields["if-match"])
        let order: Order
        if let other = duplicateOf, change.isDuplicate {
            order = .cancelAsDuplicate(name, of: other, ifMatch: versions)
        } else if duplicateOf != nil {
            throw .validation([
                .init(
                    detail: "Only a cancellation with the reason duplicate names another incident.",
                    pointer: "#/duplicate_of")
            ])
        } else {
            order = .change(name, change, ifMatch: versions)
        }
        context.submit(order, author: author) { try Representations.render($0) }
    }

    func assignRole(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let role = try context.role()
        let input = try Input.read(context.request.body)
        let person = input.person("person")
        let contact = input.optionalText("contact", .short)
        try change(context, input, AssignRole(role, person, contact: contact))
    }

    func releaseRole(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["author"])
        let role = try context.role()
        let author = try query.author()
        let name = try context.incidentName()
        let order = Order.change(
            name, ReleaseRole(role), ifMatch: ETags.versions(ifMatch: context.request.fields["if-match"]))
        context.submit(order, author: author) { try Representations.render($0) }
    }

    /// An action on one incident, by whom the body names.
    func change(
        _ context: RequestContext, _ input: Input, _ action: any Action<Incident>,
        showing shown: Order.Shown = .incident
    ) throws(Problem) {
        let author = input.author()
        try input.finish()
        let name = try context.incidentName()
        // A POST appends, and a bot must not lose an entry: If-Match counts on PUT and PATCH alone.
        let conditional = context.request.method == .put || context.request.method == .patch
        let versions = conditional ? ETags.versions(ifMatch: context.request.fields["if-match"]) : nil
        context.submit(.change(name, action, showing: shown, ifMatch: versions), author: author) {
            try Representations.render($0)
        }
    }
}

extension RequestContext {
    fileprivate func role() throws(Problem) -> Role {
        guard let role = ticket.parameters.dropFirst().first.flatMap(Role.init(rawValue:)) else {
            throw Problem(.notFound, "There is no such role. The roles are \(Role.allNames).")
        }
        return role
    }
}

extension Input {
    /// A wish for another status, with the incident it duplicates still by name.
    func statusChange() -> (change: ChangeStatus, duplicateOf: IncidentName?) {
        let status = choice("status", of: Incident.Status.self)
        if status == nil, value("status") == nil || value("status") == .null {
            refuse(
                "status",
                "This member is required: one of \(Incident.Status.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        let reason = optionalText("reason", .reason)
        let override = bool("override")
        var other: IncidentName?
        if let text = optionalText("duplicate_of", .name) {
            other = IncidentName(text: text)
            if other == nil { refuse("duplicate_of", "It must be an incident: \"INC-7\" or its id.") }
        }
        return (ChangeStatus(to: status ?? .investigating, reason: reason, override: override), other)
    }
}
