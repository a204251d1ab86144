import Incidents
import Journal
import Routing

/// Filter of an incident list, including members known to the folded incident only.
struct IncidentMatcher: Sendable {
    private let filter: IncidentFilter
    private let channel: String?
    /// `key:value`; both may contain colons.
    private let labels: [[UInt8]]

    /// Whether a match takes so long that a list of many incidents must not be filtered on a loop.
    var isSlow: Bool { !labels.isEmpty }

    init(_ filter: IncidentFilter, _ query: Query) throws(Problem) {
        self.filter = filter
        channel = query["channel"]
        let given = query.all("label")
        guard given.allSatisfy({ $0.utf8.dropFirst().contains(0x3A) && $0.utf8.first != 0x3A }) else {
            throw .parameter("label", "must be key:value, as in label=service:web.")
        }
        labels = given.map { Array($0.utf8) }
        guard labels.count <= DrumbeatAPI.labelsMax, Set(labels).count == labels.count else {
            throw .parameter(
                "label", "must be given at most \(DrumbeatAPI.labelsMax) times, each time with another label."
            )
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
            incident.labels.contains { Self.isEqual(label, $0.key.utf8, $0.value.utf8) }
        }
    }

    /// Whether a label is `key:value`. Compared as bytes, without building a `String`: composed and decomposed "é" are different labels.
    private static func isEqual(_ label: [UInt8], _ key: String.UTF8View, _ value: String.UTF8View) -> Bool {
        let (keyBytes, valueBytes) = (key.count, value.count)
        return label.count == keyBytes + 1 + valueBytes && label[keyBytes] == 0x3A
            && label[..<keyBytes].elementsEqual(key) && label[(keyBytes + 1)...].elementsEqual(value)
    }
}
