import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// The parameters of a timeline request, and the responses to it.
struct TimelineView: Sendable {
    /// The forms of a timeline, by media type; the first is the default.
    static let types = ["application/json", "text/plain", "text/markdown"]
    static let parameters = ["after", "before", "order", "limit", "author", "visibility", "source", "wait"]

    let query: TimelineQuery
    /// How long to wait for a first entry, in seconds.
    let wait: Int
    let type: String
    let context: RequestContext
    private let viewer: Viewer

    init(_ context: RequestContext, for viewer: Viewer) throws(Problem) {
        let query = try context.query(TimelineView.parameters, repeatable: ["kind"])
        var filter = TimelineFilter()
        filter.kinds = try query.kinds()
        filter.author = try query.author().map { Person($0) }
        filter.visibility = try query.choice("visibility", of: Visibility.self)
        filter.onceKeys = try query.sources()
        let order = try query.choice("order", of: TimelineQuery.Order.self) ?? .asc
        let after = try query.integer("after", in: 0...Int(Int32.max)) ?? 0
        let before = try query.integer("before", in: 1...Int(Int32.max))
        wait = try query.integer("wait", in: LongPoll.secondsRange) ?? 0
        if wait > 0, order == .desc || before != nil {
            throw .parameter("wait", "waits for later entries: leave out order=desc and before.")
        }
        var wanted = TimelineQuery(filter, before: before ?? .max, order: order, limit: try query.limit())
        switch order {
        case .asc: wanted.after = after
        // `next` of a page, newest first, is the last seq on it.
        case .desc: if after > 0 { wanted.before = min(wanted.before, after) }
        }
        self.query = wanted
        type = context.accepted(of: TimelineView.types)
        self.context = context
        self.viewer = viewer
    }

    /// A HEAD is answered at once.
    var mayWait: Bool { wait > 0 && context.request.method != .head }

    /// The tag of a page, as of the last entry.
    func tag(_ last: Validator) -> String {
        switch type {
        case "text/plain": ETags.tag(last, .text)
        case "text/markdown": ETags.tag(last, .markdown)
        default: ETags.tag(last, context.contacts.form)
        }
    }

    func notModified(_ tag: String) -> Response {
        Responses.varying(by: .tokenAndAccept, Responses.notModified(tag))
    }

    /// What a request found.
    struct Page: Sendable {
        /// One more than the limit, if there is a next page.
        var entries: [StoredEntry] = []
        /// Where the next request continues if these are all that were found, but not all were looked through.
        var continuing: Int?
    }

    /// Reads a page. Blocks on the store.
    func page(from reader: any JournalReader, of stream: StreamID, lastSeq: Int) throws -> Page {
        var (bounded, continuing) = query.bounded(lastSeq: lastSeq)
        bounded.limit += 1
        return Page(entries: try reader.entries(of: stream, bounded), continuing: continuing)
    }

    /// The response with the amendments of its entries. Blocks on the store.
    func answer(
        _ page: Page, tag: String, from reader: any JournalReader, of stream: StreamID, declaredAt: Timestamp
    ) throws -> Response {
        let amendments = try Amendments(of: page.entries.prefix(query.limit), in: stream, from: reader)
        return try answer(page, amendments, tag: tag, declaredAt: declaredAt)
    }

    func answer(_ page: Page, _ amendments: Amendments, tag: String, declaredAt: Timestamp) throws -> Response
    {
        Responses.varying(
            by: .tokenAndAccept, try list(page, amendments, tag: tag, declaredAt: declaredAt))
    }

    private func list(
        _ page: Page, _ amendments: Amendments, tag: String, declaredAt: Timestamp
    ) throws -> Response {
        let limit = min(query.limit, amendments.covered)
        let continuing = page.continuing.map { String($0) }
        guard type != TimelineView.types[0] else {
            return try Responses.page(
                page.entries, limit: limit, request: context.request, tag: tag, continuing: continuing,
                cursor: { String($0.seq) }
            ) { try $0.members(of: $1, for: viewer, amendedBy: amendments.of($1.seq)) }
        }
        let isTable = type == "text/markdown"
        return try Responses.textPage(
            page.entries, limit: limit, request: context.request, type: type, tag: tag,
            head: isTable ? EntryLine.markdownHead : "", continuing: continuing,
            cursor: { String($0.seq) }
        ) { entry in
            let line = try EntryLine(
                entry, for: viewer, amendedBy: amendments.of(entry.seq), declaredAt: declaredAt)
            return isTable ? line.markdown : line.plain
        }
    }
}

extension Query {
    /// `kind=note,finding`, or `kind=note&kind=finding`.
    fileprivate func kinds() throws(Problem) -> [EntryKind] {
        let kinds = all("kind").flatMap { text in
            text.split(separator: ",", omittingEmptySubsequences: false).map {
                EntryKind(rawValue: String($0))
            }
        }
        guard kinds.allSatisfy({ Incident.kinds[$0] != nil }), kinds.count <= Incident.payloads.count else {
            let known = Incident.payloads.map { $0.kind.rawValue }.joined(separator: ", ")
            throw .parameter("kind", "must be one or several, joined by commas, of \(known).")
        }
        return kinds
    }

    /// `source=system:ref` as stored. Both may hold colons, so each colon may be the one between them.
    fileprivate func sources() throws(Problem) -> [String]? {
        guard let text = self["source"] else { return nil }
        let colons = text.indices.filter { text[$0] == ":" }.prefix(8)
        let keys = colons.compactMap { colon -> String? in
            let (system, ref) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
            return system.isEmpty || ref.isEmpty ? nil : DedupKey.source(system: system, ref: ref).stored
        }
        guard !keys.isEmpty else {
            throw .parameter("source", "must be system:ref, as in source=slack:C9/1768472220.1.")
        }
        return keys
    }
}
