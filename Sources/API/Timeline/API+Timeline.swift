import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Time
import Views

/// The routes of the timeline.
extension APIResponder {
    func readTimeline(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["after", "limit", "kind", "visibility", "wait"])
        let view = TimelineView(
            after: try query.integer("after", in: 0...Int(Int32.max)) ?? 0, limit: try query.limit(),
            kind: try query.kind(),
            visibility: try query.choice("visibility", of: Visibility.self),
            wait: try query.integer("wait", in: LongPoll.secondsRange) ?? 0, context: context)
        let name = try context.incidentName()
        // Taken before anything is read: what is committed after it counts as new.
        let position = services.position.value
        if let known = services.incidents.snapshot(name) {
            let isHeld = context.holds(ETags.timeline(lastSeq: known.seq))
            if isHeld, !view.mayWait {
                return context.answer(Responses.notModified(ETags.timeline(lastSeq: known.seq)))
            }
            // Nothing can match yet: no need to ask the store.
            if view.mayWait, isHeld || view.after >= known.seq {
                return poll(
                    view, of: known.stream, lastSeq: known.seq, position: position, isHeld: isHeld)
            }
        }
        context.onReader { [self] in
            let row = try services.requireRow(name)
            // The tag is read before the entries, so that it is never newer than what it is on.
            let tag = ETags.timeline(lastSeq: row.seq)
            let isHeld = context.holds(tag)
            if isHeld, !view.mayWait { return context.answer(Responses.notModified(tag)) }
            let found = isHeld ? [] : try entries(view, of: row.stream)
            if found.isEmpty, view.mayWait {
                return poll(view, of: row.stream, lastSeq: row.seq, position: position, isHeld: isHeld)
            }
            context.answer(try view.answer(found, tag: tag, from: services.reader, of: row.stream))
        }
    }

    /// One more than a page, so that it is known whether there is a next one.
    private func entries(_ view: TimelineView, of stream: StreamID) throws -> [StoredEntry] {
        try services.reader.entries(
            of: stream, after: view.after, kind: view.kind, visibility: view.visibility, limit: view.limit + 1
        )
    }

    /// Waits for the first entry after `lastSeq` that the request asks for.
    private func poll(
        _ view: TimelineView, of stream: StreamID, lastSeq: Int, position: Int, isHeld: Bool
    ) {
        let longPollQuery = LongPolls.LongPollQuery(
            of: stream, after: max(view.after, lastSeq), kind: view.kind, visibility: view.visibility)
        let isAdmitted = services.longPolls.wait(
            for: longPollQuery, token: view.context.ticket.principal?.id ?? "", seen: position,
            until: services.clock() + .seconds(view.wait)
        ) { [self] end in
            switch end {
            case .entries(let met, let amendments) where !isHeld:
                let last = met.last?.seq ?? lastSeq
                view.context.attemptAnswer {
                    try view.answer(met, Amendments(amendments), tag: ETags.timeline(lastSeq: last))
                }
            case .entries, .unknown:
                // Whoever holds the page before gets the whole new one, from the store.
                view.context.onReader { [self] in
                    guard let row = try services.reader.incident(stream.number) else {
                        throw Problem.noIncident
                    }
                    let found = try entries(view, of: stream)
                    let tag = ETags.timeline(lastSeq: row.seq)
                    view.context.answer(
                        try view.answer(found, tag: tag, from: services.reader, of: stream))
                }
            case .over:
                let tag = ETags.timeline(lastSeq: lastSeq)
                view.context.attemptAnswer {
                    isHeld ? Responses.notModified(tag) : try view.answer([], Amendments([]), tag: tag)
                }
            }
        }
        if !isAdmitted { view.context.fail(.tooManyWait) }
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
            // An entry changes when its words are erased, or something is said of it.
            let tag = EntityTag.strong(
                "\(ETags.format)-\(stored.words == nil ? "redacted" : "entry")-\(stored.id)"
                    + (amendments.last.map { "-\($0.seq)" } ?? ""))
            if context.holds(tag) { return Responses.notModified(tag) }
            return try Responses.object(tag: tag) { writer in
                if stored.kind == UpdatePublished.kind {
                    try writer.members(ofUpdate: stored, amendedBy: amendments)
                } else {
                    try writer.members(of: stored, amendedBy: amendments)
                }
            }
        }
    }
}

/// What a request wants to see of a timeline.
private struct TimelineView: Sendable {
    var after: Int
    var limit: Int
    var kind: EntryKind?
    var visibility: Visibility?
    /// How long it may wait for a first entry, in seconds.
    var wait: Int
    var context: RequestContext

    /// A HEAD asks how things are, and is answered at once.
    var mayWait: Bool { wait > 0 && context.request.method != .head }

    /// The page that those entries begin, with what was said of them. Blocks on the store.
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

/// How long a client may wait for news.
enum LongPoll {
    /// Proxies cut what is silent for a minute (conventions.md, 3.5).
    static let secondsRange = 0...55
    /// What its answer may take beyond the wait.
    private static let slack: Duration = .seconds(10)
    /// When to come back, in seconds, when too many wait.
    static let retryAfterSeconds = 5

    /// How long the server lets a request wait for its answer; `nil` for as long as any other.
    static func handlerTimeout(_ target: Target) -> Duration? {
        guard let text = target.query.first(where: { $0.name == "wait" })?.value,
            let seconds = Int(digits: Array(text.utf8)), secondsRange.contains(seconds)
        else { return nil }
        return .seconds(seconds) + slack
    }
}

extension Problem {
    /// Not an empty answer at once: a client in a loop would come back at once, too.
    fileprivate static var tooManyWait: Problem {
        var problem = Problem(
            .overloaded,
            "Too many long polls are waiting, in total or with this token. Retry "
                + "after Retry-After, or send the request without wait."
        )
        problem.fields = [("Retry-After", String(LongPoll.retryAfterSeconds))]
        return problem
    }
}
