import Model

/// Number of open incidents, in all and by what rules ask for; and their freezes.
public struct OpenIncidents: StateCounts, Equatable {
    /// By severity, without the confidential ones, as everyone may read it; may lack severities without incidents.
    public private(set) var bySeverity: [Severity: Int] = [:]
    /// How many of them are in breach.
    public private(set) var breached = 0

    /// By channel, as bytes: `String` equality is canonical equivalence. Only channels with incidents.
    private var byChannel: [[UInt8]: Int] = [:]

    public private(set) var freezes = OpenFreezes()

    public init() {}

    /// Whether an open incident has that channel.
    func hasIncident(in channel: String) -> Bool { byChannel[Array(channel.utf8)] != nil }

    public mutating func add(_ incident: Incident, _ amount: Int) {
        count(incident, amount)
        if amount > 0 { freezes.add(incident) } else { freezes.remove(incident) }
    }

    public mutating func replace(_ before: Incident, with after: Incident) {
        count(before, -1)
        count(after, 1)
        guard !OpenFreezes.same(before, after) else { return }
        freezes.remove(before)
        freezes.add(after)
    }

    private mutating func count(_ incident: Incident, _ amount: Int) {
        if !incident.isConfidential { bySeverity[incident.severity, default: 0] += amount }
        if incident.cadence.breached { breached += amount }
        guard let channel = incident.channel else { return }
        let key = Array(channel.utf8)
        let count = byChannel[key, default: 0] + amount
        byChannel[key] = count == 0 ? nil : count
    }
}
