import Model
import Time

/// Ended incidents that may explain another: those that share the name of its alert, else those that share its service, newest first.
public struct SimilarIncidents: Sendable {
    /// How long ago one may have ended.
    static let endedWithin: Duration = .seconds(180 * 86_400)
    public static let countMax = 5

    private let number: Int
    private let alert: String?
    private let service: String?
    /// One that ended earlier is not similar any more.
    private let since: Timestamp
    private var ofAlert: [Incident] = []
    private var ofService: [Incident] = []

    /// `nil` for an incident without an alert and a service: nothing is similar to it.
    public init?(to incident: Incident, at now: Timestamp) {
        number = incident.number
        alert = incident.alertName
        service = incident.labels["service"]
        since = now - SimilarIncidents.endedWithin
        guard alert != nil || service != nil else { return nil }
    }

    /// Whether an incident whose last entry was recorded at `recordedAt` may be one.
    public func mayBe(_ number: Int, recordedAt: Timestamp) -> Bool {
        number != self.number && recordedAt >= since
    }

    /// Takes an incident if it is similar; the newest must be offered first.
    public mutating func offer(_ other: Incident) {
        guard other.number != number, let endedAt = other.endedAt, endedAt >= since else { return }
        if let alert, other.alertName == alert {
            if ofAlert.count < SimilarIncidents.countMax { ofAlert.append(other) }
        } else if let service, other.labels["service"] == service,
            ofService.count < SimilarIncidents.countMax
        {
            ofService.append(other)
        }
    }

    /// Whether no further incident would change what was found.
    public var isComplete: Bool {
        (alert == nil ? ofService : ofAlert).count == SimilarIncidents.countMax
    }

    public var found: [Incident] { ofAlert.isEmpty ? ofService : ofAlert }
}

extension Incident {
    /// The name of the alert from which it was declared.
    fileprivate var alertName: String? { labels["alertname"] ?? labels["alert"] }

    /// When it was resolved or cancelled; `nil` while it is open.
    public var endedAt: Timestamp? { isOpen ? nil : times.resolvedAt ?? times.cancelledAt }
}
