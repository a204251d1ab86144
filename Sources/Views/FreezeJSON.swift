import Incidents
import JSON
import Model
import Time

/// The freeze of deploys, as the API shows it (api.md, "Response").
extension JSONWriter {
    /// Writes the members `frozen` and `incidents`, the refs only: what is shown without a token.
    public mutating func publicMembers(of answer: OpenFreezes.Answer) {
        member("frozen", answer.isFrozen)
        member("incidents", answer.freezes.map { Incident.ref($0.number) })
    }

    /// Writes what is frozen and what opens it. `incident` finds an open incident; one that has ended meanwhile is left out.
    public mutating func members(of answer: OpenFreezes.Answer, incident: (Int) -> Incident?) {
        member("frozen", answer.isFrozen)
        member("blocked", answer.isBlocked)
        name("incidents")
        beginArray()
        for item in answer.freezes {
            guard let incident = incident(item.number), let freeze = incident.freeze else { continue }
            beginObject()
            member("ref", incident.ref)
            member("title", incident.title)
            member("severity", incident.severity.rawValue)
            member("scope", freeze.scope.name)
            member("until", freeze.until)
            endObject()
        }
        endArray()
        name("exceptions")
        beginArray()
        for item in answer.exceptions {
            guard let incident = incident(item.number),
                let exception = incident.exceptions.first(where: { $0.seq == item.seq })
            else { continue }
            beginObject()
            member("id", exception.id)
            member("incident", incident.ref)
            member("seq", exception.seq)
            member("scope", exception.scope.name)
            member("until", exception.until)
            endObject()
        }
        endArray()
    }

    /// Writes a freeze. It ends by time alone, so `until` may have passed.
    mutating func freeze(_ freeze: Incident.Freeze?) {
        guard let freeze else { return null() }
        beginObject()
        member("scope", freeze.scope.name)
        member("until", freeze.until)
        endObject()
    }

    /// Writes the members `suspects` and `todos`.
    mutating func lists(of incident: Incident) {
        name("suspects")
        beginArray()
        for suspect in incident.suspects {
            beginObject()
            member("seq", suspect.seq)
            member("suspect", suspect.suspect.rawValue)
            member("state", suspect.state.rawValue)
            member("changed_at", suspect.changedAt)
            endObject()
        }
        endArray()
        name("todos")
        beginArray()
        for todo in incident.todos {
            beginObject()
            member("seq", todo.seq)
            member("owner", todo.owner?.name)
            member("due_at", todo.dueAt)
            endObject()
        }
        endArray()
    }
}
