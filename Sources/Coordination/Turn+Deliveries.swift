import Incidents
import Journal
import Platform
import Time

/// The outbox rows of a batch.
extension Turn {
    /// Makes the outbox rows of an entry: one for each of its events and each endpoint that wants it (invariant I8).
    mutating func announce(_ entry: StoredEntry, before: Incident?, after: Incident) {
        if entry.outdatesNags(after) {
            batch.supersededNags.append((after.number, throughDelivery: head.delivery))
        }
        for type in EventType.types(of: entry, before: before, after: after) {
            add(
                type, to: endpoints, incident: after, seq: entry.seq,
                dueAt: entry.kind == .nagSent ? before?.cadence.beat.dueAt : nil)
        }
    }

    /// Announces that a deadline is near, to each endpoint once: also when a restart has forgotten that it was announced before.
    mutating func announceDueSoon(_ incident: Incident, dueAt: Timestamp) throws(LaneFault) {
        guard incident.isOpen, incident.cadence.beat.dueAt == dueAt, now < dueAt else { return }
        var wanting: [Endpoint] = []
        for endpoint in endpoints where endpoint.wants(.updateDueSoon) {
            do throws(StoreFault) {
                let isDone = try lookup.isAnnounced(to: endpoint.id, incident: incident.number, dueAt: dueAt)
                if !isDone { wanting.append(endpoint) }
            } catch {
                throw .store(error)
            }
        }
        add(.updateDueSoon, to: wanting, incident: incident, seq: incident.seq, dueAt: dueAt)
    }

    private mutating func add(
        _ type: EventType, to endpoints: [Endpoint], incident: Incident, seq: Int, dueAt: Timestamp?
    ) {
        for endpoint in endpoints where endpoint.wants(type) {
            // A nag is worthless after the next one, and after one interval at the latest.
            let lifetime =
                now + RetrySchedule.lifetime(type.retryClass, interval: incident.cadence.beat.interval)
            let expires: Timestamp =
                switch type {
                case .updateDueSoon: dueAt ?? lifetime
                case _ where type.retryClass == .nag: min(lifetime, incident.nextNagAt ?? lifetime)
                default: lifetime
                }
            add(
                to: endpoint.id, type, incident: incident.number, seq: seq, dueAt: dueAt,
                expiresAt: max(expires, now))
        }
    }

    @discardableResult
    private mutating func add(
        to endpoint: String, _ type: EventType, incident: Int?, seq: Int?, dueAt: Timestamp?,
        expiresAt: Timestamp
    ) -> String {
        head.delivery += 1
        let messageID = "msg_" + ULID.make(at: now, context.random)
        batch.deliveries.append(
            Delivery(
                id: head.delivery, messageID: messageID, endpoint: endpoint, type: type, incident: incident,
                seq: seq,
                dueAt: dueAt, createdAt: now, nextAt: now, expiresAt: expiresAt))
        return messageID
    }

    /// Makes a test delivery.
    mutating func test(_ endpoint: Endpoint) -> Outcome {
        let messageID = add(
            to: endpoint.id, .endpointTest, incident: nil, seq: nil, dueAt: nil,
            expiresAt: now + .seconds(900))
        return .test(endpoint: endpoint.id, messageID: messageID)
    }
}

extension StoredEntry {
    /// Whether it makes the nags of its incident that are still under way worthless.
    fileprivate func outdatesNags(_ incident: Incident) -> Bool {
        switch kind {
        case .nagSent, .resolved, .cancelled, .reopened: true
        case .updatePublished: incident.cadence.lastUpdateSeq == seq
        default: false
        }
    }
}

extension EventType {
    /// The events that an entry gives (api.md, "Around it").
    static func types(of entry: StoredEntry, before: Incident?, after: Incident) -> [EventType] {
        switch entry.kind {
        case .declared: [.incidentDeclared]
        case .edited: [.incidentEdited]
        case .statusChanged: [.incidentStatusChanged]
        case .severityRaised: [.incidentSeverityRaised]
        case .roleAssigned: [.incidentRoleAssigned]
        case .resolved: [.incidentResolved]
        case .reopened: [.incidentReopened]
        case .cancelled: [.incidentCancelled]
        case .updatePublished: [.updatePublished]
        case .nagSent:
            after.cadence.breached && before?.cadence.breached != true
                ? [.updateOverdue, .cadenceBreached] : [.updateOverdue]
        case .note, .finding, .hypothesis, .change, .decision, .todo, .severityDisputed, .roleReleased:
            [.entryAdded]
        }
    }
}
