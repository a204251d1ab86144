import Incidents
import Journal

/// Which incidents a list wants, with what only the folded incident knows.
struct IncidentMatcher: Sendable {
    private let filter: IncidentFilter
    private let channel: String?
    /// Each `key:value`; either may hold colons of its own.
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
            // As bytes: "é" in one letter and in two are not the same label.
            incident.labels.contains { label.utf8.elementsEqual("\($0.key):\($0.value)".utf8) }
        }
    }
}
