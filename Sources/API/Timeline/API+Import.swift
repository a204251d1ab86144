import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

extension DrumbeatAPI {
    func importChat(_ context: RequestContext, _ wish: ChatImport, author: String?) throws(Problem) {
        let name = try context.incidentName()
        // A log may be a megabyte, so it is not read on the loop.
        context.onReader { [self] in
            let snapshot = try services.requireIncident(name)
            let messages = try dated(wish, snapshot.incident, context)
            let entries = try ChatEntries(messages, in: snapshot.stream, from: services.reader)
            guard !wish.isDry else {
                return context.answer(try dryAnswer(entries.items, snapshot.incident))
            }
            // By lines and not by what is new, so that a retry has the same parts.
            let parts = entries.items.chunks(of: EntryBatch.partMax).map { items in
                PerformEach<Incident>(
                    items.map(\.request), on: .number(snapshot.stream.number), in: services.incidents)
            }
            context.submit(parts: parts, author: author) { [self] outcomes in
                try importAnswer(outcomes, context)
            }
        }
    }

    /// Blocks on the zone data.
    private func dated(
        _ wish: ChatImport, _ incident: Incident, _ context: RequestContext
    ) throws(Problem) -> [ChatLog.Dated] {
        guard let zone = services.zone(wish.zone ?? "UTC") else {
            throw context.problem(
                of: "zone",
                "It must be UTC, an offset such as +02:00, or a zone of the system such as Europe/Berlin.")
        }
        do throws(Refusal) {
            return try ChatLog(wish.text).dated(
                from: wish.firstDay, in: zone, on: incident, now: services.routing.clock())
        } catch {
            throw Problem(error)
        }
    }

    private func importAnswer(_ parts: [PartOutcome], _ context: RequestContext) throws -> Response {
        let result = try ImportResult(parts)
        let entries = try recorded(by: parts)
        return try Responses.object { writer in
            writer.member("dry_run", false)
            writer.member("added", result.added.count)
            writer.member("known", result.known)
            writer.name("entries")
            writer.beginArray()
            for entry in result.added.compactMap({ entries[$0] }) {
                writer.beginObject()
                try writer.membersByKind(of: entry, for: viewer(context.ticket.principal))
                writer.endObject()
            }
            writer.endArray()
            writer.warnings(result.warnings.compactMap(Incident.warning(stored:)))
        }
    }

    /// What the rule of an entry would add.
    private func dryAnswer(_ items: [ChatEntries.Item], _ incident: Incident) throws -> Response {
        let new = items.filter { !$0.isKnown }
        let now = max(services.routing.clock(), incident.recordedAt)
        return try Responses.object { writer in
            writer.member("dry_run", true)
            writer.member("added", new.count)
            writer.member("known", items.count - new.count)
            writer.name("entries")
            writer.beginArray()
            for item in new {
                let given = Circumstances<Incident>(
                    author: Author(person: item.author, postedBy: item.author.name), now: now,
                    policy: services.incidents.policy)
                for entry in try decided(item.entry, on: incident, given).entries {
                    writer.beginObject()
                    writer.member("incident", incident.ref)
                    writer.member("kind", type(of: entry.payload).kind.rawValue)
                    writer.member("text", entry.text)
                    writer.member("author", item.author.name)
                    writer.member("occurred_at", entry.occurredAt.rfc3339)
                    writer.member("late", StoredEntry.isLate(entry.occurredAt, recordedAt: now))
                    writer.member("visibility", entry.visibility.rawValue)
                    writer.endObject()
                }
            }
            writer.endArray()
        }
    }

    private func decided(
        _ entry: PostEntry, on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Problem) -> Decision<Incident> {
        do throws(Refusal) {
            return try entry.decide(on: incident, given)
        } catch {
            throw Problem(error)
        }
    }
}

/// What an import added.
struct ImportResult {
    /// The seqs of new entries.
    private(set) var added: [Int] = []
    /// The number of messages that were recorded before.
    private(set) var known = 0
    /// The codes of the warnings about new entries, each once.
    private(set) var warnings: [String] = []

    /// Throws the first refusal. It says what is recorded nevertheless.
    init(_ parts: [PartOutcome]) throws(Problem) {
        var refused: Problem?
        for part in parts {
            if case .refused(let refusal) = part, refused == nil { refused = Problem(refusal) }
            for outcome in part.outcomes {
                if let refusal = outcome.refused {
                    refused = refused ?? Problem(refusal, at: "#")
                } else if outcome.status == 201, let seq = outcome.seq {
                    added.append(seq)
                    warnings += outcome.warnings.filter { !warnings.contains($0) }
                } else {
                    known += 1
                }
            }
        }
        guard let refused else { return }
        throw refused.continued(
            "Before that, \(added.count + known) messages of the log were recorded. Send the same log again: what is recorded is not "
                + "added twice.")
    }
}

extension RequestContext {
    /// The problem of a member of a body that may also be plain text, where it is a query parameter.
    func problem(of member: String, _ detail: String) -> Problem {
        isPlainText ? .parameter(member, detail) : .validation([.init("#/\(member)", detail)])
    }
}
