import Incidents
import Time

/// How many open incidents are past the deadline of their status update: counted as deadlines pass, so that asking is cheap with
/// 100,000 of them.
struct OverdueUpdates: Sendable {
    /// The open deadlines, by incident.
    private var deadlines: [Int: Timestamp] = [:]
    /// Those that lie ahead.
    private var ahead = Schedule()
    /// The incidents whose deadline has passed.
    private var passed: Set<Int> = []
    private var latest: Timestamp?

    /// Takes in an incident as it is now.
    mutating func observe(_ incident: Incident) {
        let isOpen = incident.isOpen && incident.cadence.hasOpenDeadline
        set(isOpen ? incident.cadence.beat.dueAt : nil, for: incident.number)
    }

    /// Sets an incident's deadline, or takes it away.
    mutating func set(_ dueAt: Timestamp?, for incident: Int) {
        // A note moves no deadline.
        guard deadlines[incident] != dueAt else { return }
        deadlines[incident] = dueAt
        passed.remove(incident)
        ahead.set(dueAt, for: incident)
    }

    /// How many deadlines have passed at that moment.
    mutating func count(at now: Timestamp) -> Int {
        if let latest, now < latest { putBack(after: now) }
        latest = now
        while let incident = ahead.takeDue(at: now) { passed.insert(incident) }
        return passed.count
    }

    /// The clock was set back: what has passed may lie ahead again.
    private mutating func putBack(after now: Timestamp) {
        for incident in passed {
            guard let dueAt = deadlines[incident], dueAt > now else { continue }
            passed.remove(incident)
            ahead.set(dueAt, for: incident)
        }
    }
}
