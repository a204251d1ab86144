import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

extension DrumbeatAPI {
    func readContext(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        context.read { [self] in
            let incident = try services.requireIncident(name).incident
            let deploys = try services.reader.deploys(incident.deploysBeforeStart)
            let advice = try incident.deploysBeforeLikely.flatMap {
                incident.rollbackAdvice(try services.reader.deploys($0))
            }
            let similar = try self.similar(to: incident, at: services.routing.clock(), for: context.contacts)
                .map { ($0, try self.whatWorked(on: $0)) }
            return Responses.tagged(
                Responses.object { writer in
                    writer.context(deploys, advice: advice, similar: similar)
                }, for: context)
        }
    }

    /// What the first mitigation that worked was, in the words of the entry that began it; `nil` without one. Blocks on the store.
    private func whatWorked(on incident: Incident) throws -> String? {
        guard let mitigation = incident.mitigations.all.first(where: { $0.state == .ended(.worked) }) else {
            return nil
        }
        return try services.reader.entries(
            of: StreamID(Incident.self, incident.number), seqs: [mitigation.seq]
        ).first?.text()
    }

    /// How long ago a similar incident may have ended.
    private static let similarFor: Duration = .seconds(180 * 86_400)
    /// Upper bound of similar incidents.
    private static let similarMax = 5
    /// Upper bound of incidents folded to find them, and of the time for it: labels are words, which no index has.
    private static let similarFoldsMax = 500
    private static let similarNanosecondsMax: Int64 = 200_000_000

    /// Ended incidents that share the alert's name, else those that share the service, newest first. Blocks on the store.
    private func similar(
        to incident: Incident, at now: Timestamp, for contacts: Contacts
    ) throws -> [Incident] {
        guard incident.alertName != nil || incident.labels["service"] != nil else { return [] }
        let began = services.routing.monotonicNanoseconds()
        var (alike, near): ([Incident], [Incident]) = ([], [])
        var (before, folds): (Int?, Int) = (nil, 0)
        var filter = IncidentFilter()
        filter.state = .ended
        search: while true {
            let rows = try services.reader.incidents(filter, before: before, limit: 200)
            for row in rows where row.number != incident.number {
                // Nothing was recorded since it ended, or it ended before that.
                guard row.recordedAt >= now - DrumbeatAPI.similarFor else { continue }
                guard folds < DrumbeatAPI.similarFoldsMax,
                    services.routing.monotonicNanoseconds() - began < DrumbeatAPI.similarNanosecondsMax
                else { break search }
                folds += 1
                guard let other = try services.incidentLoader.snapshot(row.number)?.incident,
                    isListed(other, for: contacts), let endedAt = other.endedAt,
                    endedAt >= now - DrumbeatAPI.similarFor
                else { continue }
                if let alert = incident.alertName, other.alertName == alert {
                    alike.append(other)
                    if alike.count == DrumbeatAPI.similarMax { break search }
                } else if let service = incident.labels["service"], other.labels["service"] == service,
                    near.count < DrumbeatAPI.similarMax
                {
                    near.append(other)
                    if incident.alertName == nil, near.count == DrumbeatAPI.similarMax { break search }
                }
            }
            guard rows.count == 200, let last = rows.last else { break }
            before = last.number
        }
        return alike.isEmpty ? near : alike
    }
}

extension Incident {
    /// The name of the alert from which it was declared.
    fileprivate var alertName: String? { labels["alertname"] ?? labels["alert"] }

    fileprivate var endedAt: Timestamp? { isOpen ? nil : times.resolvedAt ?? times.cancelledAt }
}

extension JSONWriter {
    fileprivate mutating func context(_ deploys: [Deploy], advice: String?, similar: [(Incident, String?)]) {
        name("deploys")
        beginArray()
        for deploy in deploys {
            beginObject()
            member("scope", deploy.scope.name)
            member("what", deploy.what)
            member("author", deploy.author.name)
            member("at", deploy.at.rfc3339)
            endObject()
        }
        endArray()
        member("advice", advice)
        name("similar")
        beginArray()
        for (incident, worked) in similar {
            beginObject()
            member("ref", incident.ref)
            member("title", incident.title)
            member("severity", incident.severity.rawValue)
            member("status", incident.status.rawValue)
            member("ended_at", incident.endedAt?.rfc3339)
            // An ended incident has its impact's end.
            member("minutes", incident.minutesOfImpact(at: incident.recordedAt))
            member("mitigation", worked)
            endObject()
        }
        endArray()
    }
}
