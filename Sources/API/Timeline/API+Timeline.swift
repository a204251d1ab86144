import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// The routes of the timeline.
extension DrumbeatAPI {
    /// A page of an incident's entries of one kind, newest first; the cursor is a seq.
    func listEntries(_ context: RequestContext, of kind: EntryKind) throws(Problem) {
        let query = try context.query(["after", "limit"])
        let limit = try query.limit()
        let before = try query.integer("after", in: 1...Int(Int32.max))
        let name = try context.incidentName()
        let reader = services.reader
        context.read { [self] in
            let row = try services.requireRow(name)
            let tag = ETags.tag(try reader.lastEntry(of: row))
            if context.holds(tag) { return Responses.notModified(tag) }
            let page = try reader.latestEntries(of: row.stream, kind: kind, before: before, limit: limit + 1)
            let amendments = try Amendments(of: page.prefix(limit), in: row.stream, from: reader)
            // None of these kinds has contacts, so all callers share the tag.
            let viewer = Viewer(.hidden, hides: viewer(context.ticket.principal).hides)
            return try Responses.page(
                page, limit: min(limit, amendments.covered), request: context.request, tag: tag,
                cursor: { String($0.seq) }
            ) { try $0.membersByKind(of: $1, for: viewer, amendedBy: amendments.of($1.seq)) }
        }
    }

    func readTimeline(_ context: RequestContext) throws(Problem) {
        let view = try TimelineView(context, for: viewer(context.ticket.principal))
        let name = try context.incidentName()
        // Read before anything else: entries committed later count as new.
        let position = services.position.value
        if let known = services.incidents.snapshot(name) {
            let tag = view.tag(known.timelineValidator)
            let isHeld = context.holds(tag)
            if isHeld, !view.mayWait { return context.answer(view.notModified(tag)) }
            // Nothing can match yet, so the store is not queried.
            if view.mayWait, isHeld || view.query.after >= known.seq {
                let declaredAt = known.incident.times.declaredAt
                return poll(
                    view, of: known.stream, last: known.timelineValidator, declaredAt, position: position,
                    isHeld: isHeld
                )
            }
        }
        context.onReader { [self] in
            let row = try services.requireRow(name)
            // The tag is read before the entries, so that it is never newer than the page.
            let last = try services.reader.lastEntry(of: row)
            let tag = view.tag(last)
            let isHeld = context.holds(tag)
            if isHeld, !view.mayWait { return context.answer(view.notModified(tag)) }
            let page =
                isHeld
                ? TimelineView.Page()
                : try view.page(from: services.reader, of: row.stream, lastSeq: row.seq)
            // What was not looked through is looked through first.
            if page.entries.isEmpty, page.continuing == nil, view.mayWait {
                return poll(
                    view, of: row.stream, last: last, row.declaredAt, position: position, isHeld: isHeld
                )
            }
            context.answer(
                try view.answer(
                    page, tag: tag, from: services.reader, of: row.stream, declaredAt: row.declaredAt))
        }
    }

    /// Long poll: waits for the first matching entry after the last one.
    private func poll(
        _ view: TimelineView, of stream: StreamID, last: Validator, _ declaredAt: Timestamp, position: Int,
        isHeld: Bool
    ) {
        let longPollQuery = LongPolls.LongPollQuery(
            of: stream, after: max(view.query.after, last.counter), matching: view.query.filter,
            isGone: { [self] in isHidden(stream, from: view.context.ticket.principal) })
        let admission = services.longPolls.wait(
            for: longPollQuery, token: view.context.ticket.principal?.id ?? "", seen: position,
            until: services.routing.clock() + .seconds(view.wait)
        ) { [self] end in
            guard view.context.isAuthorized else { return view.context.fail(.tokenRevoked) }
            switch end {
            case .revoked: view.context.fail(.tokenRevoked)
            case .gone: view.context.fail(.noIncident)
            case .entries(let met, let amendments) where !isHeld:
                let last = met.last?.validator ?? last
                view.context.attemptAnswer {
                    try view.answer(
                        TimelineView.Page(entries: met), Amendments(amendments), tag: view.tag(last),
                        declaredAt: declaredAt)
                }
            case .entries, .unknown:
                // A client that has the page gets the whole new one, from the store.
                view.context.onReader { [self] in
                    guard let row = try services.reader.incident(stream.number) else {
                        throw Problem.noIncident
                    }
                    let page = try view.page(from: services.reader, of: stream, lastSeq: row.seq)
                    view.context.answer(
                        try view.answer(
                            page, tag: view.tag(try services.reader.lastEntry(of: row)),
                            from: services.reader, of: stream, declaredAt: declaredAt))
                }
            case .over:
                let tag = view.tag(last)
                view.context.attemptAnswer {
                    isHeld
                        ? view.notModified(tag)
                        : try view.answer(
                            TimelineView.Page(), Amendments([]), tag: tag, declaredAt: declaredAt)
                }
            }
        }
        switch admission {
        case .waiting(let id): view.context.polls { [longPolls = services.longPolls] in longPolls.cancel(id) }
        case .answered: break
        case .refused: view.context.fail(.tooManyWait)
        }
    }

    func readEntry(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        guard let seq = Place.seq(inPath: context.ticket.parameters.dropFirst().first ?? "") else {
            throw Problem(.notFound, Place.howNamed)
        }
        let reader = services.reader
        context.read { [self] in
            let row = try services.requireRow(name)
            guard let stored = try reader.entries(of: row.stream, seqs: [seq]).first else {
                throw Problem(Refusal.noEntry(seq, of: row.stream))
            }
            let amendments = try Amendments(of: [stored], in: row.stream, from: reader).of(seq)
            let tag = ETags.entry(
                stored.validator, amendedBy: amendments.last?.validator,
                isRedacted: stored.words == nil, context.contacts.form)
            let viewer = viewer(context.ticket.principal)
            let answer =
                try context.holds(tag)
                ? Responses.notModified(tag)
                : Responses.object(tag: tag) {
                    try $0.membersByKind(of: stored, for: viewer, amendedBy: amendments)
                }
            return Responses.varying(by: .token, answer)
        }
    }
}

extension JournalReader {
    /// What a stream's timeline is tagged by, as of the row. Blocks on the store.
    func lastEntry(of row: IncidentRow) throws(StoreFault) -> Validator {
        Validator(counter: row.seq, ofHash: try entries(of: row.stream, seqs: [row.seq]).first?.hash)
    }
}

/// Limits of a long poll.
enum LongPoll {
    /// Proxies cut connections that are idle for a minute (conventions.md, 3.5).
    static let secondsRange = 0...55
    /// Time for the response beyond the wait.
    private static let slack: Duration = .seconds(10)
    /// `Retry-After` in seconds, when too many requests wait.
    static let retryAfterSeconds = 5

    /// Timeout of a request with `wait`; `nil` for the default.
    @Sendable static func handlerTimeout(_ target: Target) -> Duration? {
        guard let text = target.query.first(where: { $0.name == "wait" })?.value,
            let seconds = Int(digits: Array(text.utf8)), secondsRange.contains(seconds)
        else { return nil }
        return .seconds(seconds) + slack
    }
}

extension Problem {
    /// An empty answer would make a client in a loop return at once.
    fileprivate static var tooManyWait: Problem {
        Problem(
            .overloaded,
            "Too many long polls are waiting, in total or with this token. Retry "
                + "after Retry-After, or send the request without wait.",
            retryAfterSeconds: LongPoll.retryAfterSeconds)
    }
}

extension Representations {
    static func entry(
        _ stored: StoredEntry, _ status: Status, _ warnings: [Warning], _ viewer: Viewer
    ) throws -> Response {
        let location = Incident.number(of: stored.stream).map {
            "/v1/incidents/\(Incident.ref($0))/timeline/\(stored.seq)"
        }
        return try Responses.object(status, location: location) { writer in
            try writer.membersByKind(of: stored, for: viewer)
            writer.warnings(
                warnings, ref: Incident.number(of: stored.stream).map(Incident.ref), seq: stored.seq)
        }
    }
}
