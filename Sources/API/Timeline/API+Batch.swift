import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Views

/// Entries in one request, each standing alone.
struct EntryBatch: Sendable {
    static let entriesMax = 500
    /// Upper bound of the entries of one transaction: a few milliseconds of the lane (docs/decisions/0020).
    static let partMax = 64

    struct Item: Sendable {
        var action: PostEntry
        var author: Person?
    }

    /// In the order of the request.
    var items: [Result<Item, Refusal>]

    init(from body: BodyReader) {
        items = body.each("entries", count: 1...EntryBatch.entriesMax, noun: "entry") { entry in
            Item(action: PostEntry(from: entry), author: entry.author().map { Person($0) })
        }
    }
}

extension DrumbeatAPI {
    func postBatch(_ context: RequestContext, _ batch: EntryBatch, author: String?) throws(Problem) {
        let name = try context.incidentName()
        // A part has its place in the request, whatever the outcomes of its entries, so that a retry has the same parts.
        let parts = batch.items.chunks(of: EntryBatch.partMax).map { items in
            PerformEach(
                items.compactMap { item in
                    guard case .success(let item) = item else { return nil }
                    return PerformEach<Incident>.Item(item.action, by: item.author)
                }, on: name, in: services.incidents)
        }
        let items = batch.items
        context.submit(parts: parts, author: author) { [self] outcomes in
            try batchAnswer(batchOutcomes(of: items, outcomes), try recorded(by: outcomes), context)
        }
    }

    /// One for each item: of the action, or why it was not performed.
    private func batchOutcomes(
        of items: [Result<EntryBatch.Item, Refusal>], _ parts: [PartOutcome]
    ) throws(Problem) -> [Result<EachOutcome, Refusal>] {
        var outcomes: [Result<EachOutcome, Refusal>] = []
        for (items, part) in zip(items.chunks(of: EntryBatch.partMax), parts) {
            var performed = part.outcomes[...]
            for item in items {
                switch (item, part) {
                case (.failure(let refusal), _), (.success, .refused(let refusal)):
                    outcomes.append(.failure(refusal))
                case (.success, .performed):
                    guard let outcome = performed.popFirst() else { throw .unknownOutcome }
                    outcomes.append(.success(outcome))
                }
            }
        }
        return outcomes
    }

    private func batchAnswer(
        _ outcomes: [Result<EachOutcome, Refusal>], _ entries: [Int: StoredEntry], _ context: RequestContext
    ) throws -> Response {
        let viewer = viewer(context.ticket.principal)
        return try Responses.object { writer in
            writer.name("outcomes")
            writer.beginArray()
            for (index, outcome) in outcomes.enumerated() {
                writer.beginObject()
                switch outcome {
                case .failure(let refusal):
                    writer.outcome(refused: Problem(refusal), id: context.request.id)
                case .success(let outcome):
                    if let refused = outcome.refused {
                        let problem = Problem(refused, at: "#/entries/\(index)")
                        writer.outcome(refused: problem, id: context.request.id)
                    } else {
                        guard let entry = outcome.seq.flatMap({ entries[$0] }) else {
                            throw Problem.unknownOutcome
                        }
                        try writer.outcome(outcome, entry, for: viewer)
                    }
                }
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// The entries of all outcomes, by seq. Blocks on the store.
    func recorded(by parts: [PartOutcome]) throws -> [Int: StoredEntry] {
        var entries: [Int: StoredEntry] = [:]
        for case .performed(let outcome) in parts {
            guard case .each(let stream, let each) = outcome.subject else { continue }
            for entry in try services.reader.entries(of: stream, seqs: each.compactMap(\.seq)) {
                entries[entry.seq] = entry
            }
        }
        return entries
    }
}

extension PartOutcome {
    /// Empty for a refused part.
    var outcomes: [EachOutcome] {
        guard case .performed(let outcome) = self, case .each(_, let each) = outcome.subject else {
            return []
        }
        return each
    }
}

extension Problem {
    fileprivate static var unknownOutcome: Problem {
        Problem(.internalFault, "The outcome of an entry is not known. Read the timeline.")
    }

    /// A kept refusal of an element at `pointer`.
    init(_ refused: EachOutcome.Refused, at pointer: String) {
        let type = ProblemType.all.first { $0.slug == refused.slug } ?? .validation
        self.init(type, refused.detail)
        flaws = refused.flaws.map { Refusal.Flaw(pointer + $0.pointer.dropFirst(), $0.detail) }
    }
}

extension JSONWriter {
    fileprivate mutating func outcome(
        _ outcome: EachOutcome, _ entry: StoredEntry, for viewer: Viewer
    ) throws {
        member("status", outcome.status)
        name("entry")
        beginObject()
        try membersByKind(of: entry, for: viewer)
        endObject()
        warnings(outcome.warnings.compactMap(Incident.warning(stored:)))
    }

    fileprivate mutating func outcome(refused problem: Problem, id: String) {
        member("status", problem.status)
        name("problem")
        beginObject()
        members(of: problem, id: id)
        endObject()
    }
}

extension Array {
    /// Its elements in order, at most `countMax` in each; `countMax` is at least 1.
    func chunks(of countMax: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: countMax).map { self[$0..<Swift.min($0 + countMax, count)] }
    }
}
