import Time

extension Judge {
    func raise(to severity: Severity, _ reason: String?) throws(Violation) -> Decision {
        try requireOpen("raising the severity")
        if severity == incident.severity { return Decision() }
        guard severity > incident.severity else {
            throw .severityOnlyRises(current: incident.severity, requested: severity)
        }
        // A raise takes the new severity's interval and may only bring the deadline nearer (section 6).
        let interval = policy.intervals(of: severity).interval
        let due = min(incident.cadence.beat.dueAt, now + interval)
        let beat = Beat(due: due, interval: interval, under: policy, setAt: now)
        let event = Event.severityRaised(from: incident.severity, to: severity, beat: beat, reason: reason)
        let text =
            "\(author.person.name) raised the severity from \(incident.severity.rawValue) to \(severity.rawValue)"
        return Decision([entry(event, text + because(reason))])
    }

    func dispute(_ claims: Severity, _ reason: String) -> Decision {
        let event = Event.severityDisputed(current: incident.severity, claims: claims, reason: reason)
        let text =
            "\(author.person.name) holds \(claims.rawValue) for true instead of \(incident.severity.rawValue)"
        return Decision([entry(event, text + because(reason))])
    }
}

/// The reason as the end of a sentence; nothing when none was given.
func because(_ reason: String?) -> String {
    reason.map { ": \($0)" } ?? ""
}
