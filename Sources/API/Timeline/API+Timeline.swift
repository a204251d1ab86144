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
    func readTimeline(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["after", "limit", "kind", "visibility", "wait"])
        let view = TimelineView(
            after: try query.integer("after", in: 0...Int(Int32.max)) ?? 0, limit: try query.limit(),
            kind: try query.kind(),
            visibility: try query.choice("visibility", of: Visibility.self),
            wait: try query.integer("wait", in: LongPoll.secondsRange) ?? 0, context: context)
        let name = try context.incidentName()
        // Read before anything else: entries committed later count as new.
        let position = services.position.value
        if let known = services.incidents.snapshot(name) {
            let isHeld = context.holds(ETags.counter(known.seq))
            if isHeld, !view.mayWait {
                return context.answer(Responses.notModified(ETags.counter(known.seq)))
            }
            // Nothing can match yet, so the store is not queried.
            if view.mayWait, isHeld || view.after >= known.seq {
                return poll(
                    view, of: known.stream, lastSeq: known.seq, position: position, isHeld: isHeld)
            }
        }
        context.onReader { [self] in
            let row = try services.requireRow(name)
            // The tag is read before the entries, so that it is never newer than the page.
            let tag = ETags.counter(row.seq)
            let isHeld = context.holds(tag)
            if isHeld, !view.mayWait { return context.answer(Responses.notModified(tag)) }
            let found = isHeld ? [] : try entries(view, of: row.stream)
            if found.isEmpty, view.mayWait {
                return poll(view, of: row.stream, lastSeq: row.seq, position: position, isHeld: isHeld)
            }
            context.answer(try view.answer(found, tag: tag, from: services.reader, of: row.stream))
        }
    }

    /// One more than a page, to find out whether there is a next one.
    private func entries(_ view: TimelineView, of stream: StreamID) throws -> [StoredEntry] {
        try services.reader.entries(
            of: stream, after: view.after, kind: view.kind, visibility: view.visibility, limit: view.limit + 1
        )
    }

    /// Long poll: waits for the first matching entry after `lastSeq`.
    private func poll(
        _ view: TimelineView, of stream: StreamID, lastSeq: Int, position: Int, isHeld: Bool
    ) {
        let longPollQuery = LongPolls.LongPollQuery(
            of: stream, after: max(view.after, lastSeq), kind: view.kind, visibility: view.visibility)
        let admission = services.longPolls.wait(
            for: longPollQuery, token: view.context.ticket.principal?.id ?? "", seen: position,
            until: services.routing.clock() + .seconds(view.wait)
        ) { [self] end in
            guard view.context.isAuthorized else { return view.context.fail(.tokenRevoked) }
            switch end {
            case .revoked: view.context.fail(.tokenRevoked)
            case .entries(let met, let amendments) where !isHeld:
                let last = met.last?.seq ?? lastSeq
                view.context.attemptAnswer {
                    try view.answer(met, Amendments(amendments), tag: ETags.counter(last))
                }
            case .entries, .unknown:
                // A client that has the page gets the whole new one, from the store.
                view.context.onReader { [self] in
                    guard let row = try services.reader.incident(stream.number) else {
                        throw Problem.noIncident
                    }
                    let found = try entries(view, of: stream)
                    let tag = ETags.counter(row.seq)
                    view.context.answer(
                        try view.answer(found, tag: tag, from: services.reader, of: stream))
                }
            case .over:
                let tag = ETags.counter(lastSeq)
                view.context.attemptAnswer {
                    isHeld ? Responses.notModified(tag) : try view.answer([], Amendments([]), tag: tag)
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
            // An entry changes by a redaction or an amendment.
            let tag = EntityTag.strong(
                "\(ETags.format)-\(stored.words == nil ? "redacted" : "entry")-\(stored.id)"
                    + (amendments.last.map { "-\($0.seq)" } ?? ""))
            if context.holds(tag) { return Responses.notModified(tag) }
            return try Responses.object(tag: tag) { try $0.membersByKind(of: stored, amendedBy: amendments) }
        }
    }
}

/// The parameters of a timeline request.
private struct TimelineView: Sendable {
    var after: Int
    var limit: Int
    var kind: EntryKind?
    var visibility: Visibility?
    /// How long to wait for a first entry, in seconds.
    var wait: Int
    var context: RequestContext

    /// A HEAD is answered at once.
    var mayWait: Bool { wait > 0 && context.request.method != .head }

    /// The page of those entries, with their amendments. Blocks on the store.
    func answer(
        _ found: [StoredEntry], tag: String, from reader: any JournalReader, of stream: StreamID
    ) throws -> Response {
        try answer(found, Amendments(of: found.prefix(limit), in: stream, from: reader), tag: tag)
    }

    func answer(_ found: [StoredEntry], _ amendments: Amendments, tag: String) throws -> Response {
        try Responses.page(
            found, limit: min(limit, amendments.covered), request: context.request, tag: tag,
            cursor: { String($0.seq) }
        ) {
            try $0.members(of: $1, amendedBy: amendments.of($1.seq))
        }
    }
}

extension Query {
    /// The filter on the entry kind.
    fileprivate func kind() throws(Problem) -> EntryKind? {
        guard let text = self["kind"] else { return nil }
        let kind = EntryKind(rawValue: text)
        guard Incident.kinds[kind] != nil else {
            let known = Incident.payloads.map { $0.kind.rawValue }.joined(separator: ", ")
            throw .parameter("kind", "must be one of \(known).")
        }
        return kind
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
        _ stored: StoredEntry, _ status: Status, _ warnings: [Warning]
    ) throws -> Response {
        let location = Incident.number(of: stored.stream).map {
            "/v1/incidents/\(Incident.ref($0))/timeline/\(stored.seq)"
        }
        return try Responses.object(status, location: location) { writer in
            try writer.membersByKind(of: stored)
            writer.warnings(warnings)
        }
    }
}
