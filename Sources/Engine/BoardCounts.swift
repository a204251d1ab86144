import Incidents

/// How many incidents are open.
public struct BoardCounts: Sendable, Equatable {
    /// How many of each severity, from minor to critical; those of which there is none left out.
    public private(set) var open: [Severity: Int] = [:]
    /// How many of them have missed a deadline for so long that everybody was asked.
    public private(set) var breached = 0

    /// Counts an open incident in, or out with -1.
    mutating func add(_ incident: Incident, _ amount: Int) {
        open[incident.severity, default: 0] += amount
        if incident.cadence.breached { breached += amount }
    }
}
