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
        let log: ChatLog
        do throws(Refusal) {
            log = try ChatLog(wish.text)
        } catch {
            throw Problem(error)
        }
        context.onReader { [self] in
            let snapshot = try services.requireIncident(name)
            let messages = try dated(log, wish, snapshot.incident, context)
            let entries = try ChatEntries(messages, in: snapshot.stream, from: services.reader)
            guard !wish.isDry else { return context.answer(dryAnswer(entries.items, snapshot.incident)) }
            // By lines and not by what is new, so that a retry has the same parts.
            let parts = stride(from: 0, to: entries.items.count, by: EntryBatch.partMax).map { start in
                let items = entries.items[start..<min(start + EntryBatch.partMax, entries.items.count)]
                return PerformEach<Incident>(
                    items.map { PerformEach.Item($0.entry, by: $0.author) },
                    on: .number(snapshot.stream.number),
                    in: services.incidents)
            }
            context.submit(parts: parts, author: author) { [self] outcomes in
                try importAnswer(outcomes, context)
            }
        }
    }

    /// Blocks on the zone data.
    private func dated(
        _ log: ChatLog, _ wish: ChatImport, _ incident: Incident, _ context: RequestContext
    ) throws -> [ChatLog.Dated] {
        guard let zone = services.zone(wish.zone ?? "UTC") else {
            throw context.problem(
                of: "zone",
                "It must be UTC, an offset such as +02:00, or a zone of the system such as Europe/Berlin.")
        }
        let now = services.routing.clock()
        let times = incident.times
        let start = times.startedAt ?? times.detectedAt ?? times.declaredAt
        let firstDay = wish.firstDay ?? log.firstDay(at: start, in: zone, now: now)
        let messages = log.dated(from: firstDay, in: zone)
        let ahead = messages.filter { $0.at > now + ChatLog.aheadMax }
        guard ahead.isEmpty else {
            let flaws = ahead.prefix(50).map { message in
                Refusal.Flaw("#L\(message.message.line)", "at most 10 minutes after \(now.rfc3339)")
            }
            throw Problem(
                Refusal(
                    .clockSkew,
                    "Line \(ahead[0].message.line) is at \(ahead[0].at.rfc3339), and the server's time is \(now.rfc3339). "
                        + "Check date and zone.",
                    current: .text(now.rfc3339), flaws: flaws))
        }
        return messages
    }

    private func importAnswer(_ parts: [PartOutcome], _ context: RequestContext) throws -> Response {
        let outcomes = parts.flatMap(\.outcomes)
        let added = outcomes.filter { $0.status == 201 }
        for case .refused(let refusal) in parts {
            var refusal = refusal
            refusal.detail =
                "The first \(outcomes.count) messages were added. Send the same log again: what is recorded is not added twice."
            throw Problem(refusal)
        }
        let entries = try recorded(by: parts)
        return try Responses.object { writer in
            writer.member("dry_run", false)
            writer.member("added", added.count)
            writer.member("known", outcomes.count - added.count)
            writer.name("entries")
            writer.beginArray()
            for entry in added.compactMap({ $0.seq.flatMap { entries[$0] } }) {
                writer.beginObject()
                try writer.membersByKind(of: entry, contacts: context.contacts)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func dryAnswer(_ items: [ChatEntries.Item], _ incident: Incident) -> Response {
        let new = items.filter { !$0.isKnown }
        let now = services.routing.clock()
        return Responses.object { writer in
            writer.member("dry_run", true)
            writer.member("added", new.count)
            writer.member("known", items.count - new.count)
            writer.name("entries")
            writer.beginArray()
            for item in new {
                let moment = min(item.entry.occurredAt ?? now, now)
                writer.beginObject()
                writer.member("incident", incident.ref)
                writer.member("kind", Note.kind.rawValue)
                writer.member("text", item.entry.text)
                writer.member("author", item.author.name)
                writer.member("occurred_at", moment.rfc3339)
                writer.member("late", now - moment > StoredEntry.lateAfter)
                writer.member("visibility", item.entry.visibility.rawValue)
                writer.endObject()
            }
            writer.endArray()
        }
    }
}

extension RequestContext {
    /// The problem of a member of a body that may also be plain text, where it is a query parameter.
    func problem(of member: String, _ detail: String) -> Problem {
        isPlainText ? .parameter(member, detail) : .validation([.init("#/\(member)", detail)])
    }
}
