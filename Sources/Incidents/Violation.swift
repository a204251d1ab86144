import Time

/// Why a change is refused. Each case carries what its message needs.
public enum Violation: Error, Sendable, Equatable {
    /// Asked for a severity below the current one.
    case severityOnlyRises(current: Severity, requested: Severity)
    /// The status does not allow it; `allowed` are the statuses that may follow.
    case notAllowedFromStatus(
        current: Incident.Status, wish: String, allowed: [Incident.Status], advice: String)
    /// The incident has ended.
    case incidentEnded(Incident.Status, wish: String)
    /// Only the holder of the commander's role may do it.
    case commanderOnly(wish: String, commander: Person)
    /// Nags may be held back twice between two updates; they are held back until then, if at all.
    case snoozeLimit(until: Timestamp?)
    /// The update's draft was made before the entries with these seqs.
    case staleDraft(basis: Int, newer: [Int])
    /// The text still holds a placeholder.
    case unfilledDraft
    /// The next update is promised later than the cadence allows.
    case promiseExceedsCadence(limit: Timestamp, interval: Duration)
    /// A time lies too far ahead of the service's clock.
    case clockSkew(pointer: String, claimed: Timestamp, now: Timestamp)
    /// A value that does not fit; `pointer` names the member (RFC 6901, after `#`).
    case invalid(pointer: String, detail: String)
}
