import Model

/// Number of open incidents.
public struct OpenIncidents: StateCounts, Equatable {
    /// By severity; may lack severities without incidents.
    public private(set) var bySeverity: [Severity: Int] = [:]
    /// How many of them are in breach.
    public private(set) var breached = 0

    public init() {}

    public mutating func add(_ incident: Incident, _ amount: Int) {
        bySeverity[incident.severity, default: 0] += amount
        if incident.cadence.breached { breached += amount }
    }
}
