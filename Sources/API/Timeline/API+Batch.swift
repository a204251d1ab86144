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
        let parts = stride(from: 0, to: batch.items.count, by: EntryBatch.partMax).map { start in
            let items = batch.items[start..<min(start + EntryBatch.partMax, batch.items.count)]
            return PerformEach(
                items.compactMap { item in
                    guard case .success(let item) = item else { return nil }
                    return PerformEach<Incident>.Item(item.action, by: item.author)
                }, on: name, in: services.incidents)
        }
        let items = batch.items
        context.submit(parts: parts, author: author) { [self] outcomes in
            try batchAnswer(items, outcomes, context)
        }
    }

    private func batchAnswer(
        _ items: [Result<EntryBatch.Item, Refusal>], _ parts: [PartOutcome], _ context: RequestContext
    ) throws -> Response {
        let entries = try recorded(by: parts)
        return try Responses.object { writer in
            writer.name("outcomes")
            writer.beginArray()
            for (index, part) in parts.enumerated() {
                let start = index * EntryBatch.partMax
                var outcomes = part.outcomes[...]
                for (offset, item) in items[start..<min(start + EntryBatch.partMax, items.count)].enumerated()
                {
                    writer.beginObject()
                    let pointer = "#/entries/\(start + offset)"
                    switch (item, part) {
                    case (.failure(let refusal), _):
                        writer.outcome(refused: Problem(refusal), id: context.request.id)
                    case (_, .refused(let refusal)):
                        writer.outcome(refused: Problem(refusal), id: context.request.id)
                    case (_, .performed):
                        guard let outcome = outcomes.popFirst() else { throw Problem.unknownOutcome }
                        if let refused = outcome.refused {
                            writer.outcome(refused: Problem(refused, at: pointer), id: context.request.id)
                        } else if let entry = outcome.seq.flatMap({ entries[$0] }) {
                            writer.member("status", outcome.status)
                            writer.name("entry")
                            writer.beginObject()
                            try writer.membersByKind(of: entry, contacts: context.contacts)
                            writer.endObject()
                            writer.warnings(outcome.warnings.compactMap(Incident.warning(stored:)))
                        } else {
                            throw Problem.unknownOutcome
                        }
                    }
                    writer.endObject()
                }
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
    fileprivate init(_ refused: EachOutcome.Refused, at pointer: String) {
        let type = ProblemType.all.first { $0.slug == refused.slug } ?? .validation
        self.init(type, refused.detail)
        flaws = refused.flaws.map { Refusal.Flaw(pointer + $0.pointer.dropFirst(), $0.detail) }
    }
}

extension JSONWriter {
    fileprivate mutating func outcome(refused problem: Problem, id: String) {
        member("status", problem.status)
        name("problem")
        beginObject()
        members(of: problem, id: id)
        endObject()
    }
}
