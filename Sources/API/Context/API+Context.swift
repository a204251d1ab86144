import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
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
            let similar = try self.similar(to: incident, for: context).map {
                ($0, try self.whatWorked(on: $0))
            }
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

    /// Upper bounds of a search for similar incidents: labels are words, which no index has.
    private static let similarBudget = IncidentScan.Budget(
        foldsMax: 500, durationMax: .milliseconds(200))

    /// Counts as a search of the caller. Blocks on the store.
    private func similar(to incident: Incident, for context: RequestContext) throws -> [Incident] {
        guard var similar = SimilarIncidents(to: incident, at: services.routing.clock()) else { return [] }
        let token = context.ticket.principal?.id ?? ""
        guard searches.begin(token) == nil else { throw Problem.tooManySearches }
        defer { searches.end(token) }
        var filter = IncidentFilter()
        filter.state = .ended
        var scan = IncidentScan(filter, before: nil, within: DrumbeatAPI.similarBudget, in: services)
        while !similar.isComplete,
            let other = try scan.next(where: { similar.mayBe($0.number, recordedAt: $0.recordedAt) })
        {
            if isListed(other.incident, for: context.ticket.principal) { similar.offer(other.incident) }
        }
        return similar.found
    }
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
