import Incidents
import Journal
import Routing

/// Filter of an incident list, including members known to the folded incident only.
struct IncidentMatcher: Sendable {
    private let filter: IncidentFilter
    private let channel: String?
    /// `key:value`; both may contain colons.
    private let labels: [String]

    init(_ filter: IncidentFilter, _ query: Query) throws(Problem) {
        self.filter = filter
        channel = query["channel"]
        labels = query.all("label")
        guard labels.allSatisfy({ $0.utf8.dropFirst().contains(0x3A) && $0.utf8.first != 0x3A }) else {
            throw .parameter("label", "must be key:value, as in label=service:web.")
        }
    }

    @Sendable func matches(_ incident: Incident) -> Bool {
        switch filter.state {
        case .open: guard incident.isOpen else { return false }
        case .ended: guard !incident.isOpen else { return false }
        case .all: break
        }
        if let severity = filter.severity, incident.severity != severity { return false }
        if let status = filter.status, incident.status != status { return false }
        if let since = filter.since, incident.changedAt < since { return false }
        if let channel, incident.channel.map({ $0.utf8.elementsEqual(channel.utf8) }) != true { return false }
        return labels.allSatisfy { label in
            // Compared as bytes: composed and decomposed "é" are different labels.
            incident.labels.contains { label.utf8.elementsEqual("\($0.key):\($0.value)".utf8) }
        }
    }
}
