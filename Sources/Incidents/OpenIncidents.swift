import Model

/// How many incidents are open.
public struct OpenIncidents: StateCounts, Equatable {
    /// How many of each severity, from minor to critical; those of which there is none left out.
    public private(set) var bySeverity: [Severity: Int] = [:]
    /// How many of them have missed a deadline for so long that everybody was asked.
    public private(set) var breached = 0

    public init() {}

    public mutating func add(_ incident: Incident, _ amount: Int) {
        bySeverity[incident.severity, default: 0] += amount
        if incident.cadence.breached { breached += amount }
    }
}
