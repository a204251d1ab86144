import Time

extension Judge {
    /// How many times the configured interval a commander may slow the beat to.
    static var slowestFactor: Int { 4 }

    func snooze(minutes: Int, _ reason: String) throws(Violation) -> Decision {
        try requireOpen("a snooze")
        let cadence = incident.cadence
        let longest = Int(cadence.beat.interval.wholeSeconds / 60)
        guard minutes >= 1, minutes <= longest else {
            let interval = DurationText.format(cadence.beat.interval)
            throw .invalid(
                pointer: "#/minutes",
                detail: longest < 1
                    ? "The interval is \(interval), and no snooze is shorter than a minute: publish an update instead."
                    : "A snooze takes 1 to \(longest) whole minutes while the interval is \(interval).")
        }
        guard cadence.snoozes.count < Cadence.snoozesMax else {
            throw .snoozeLimit(until: cadence.snoozedUntil.flatMap { $0 > now ? $0 : nil })
        }
        let until = now + .seconds(60 * minutes)
        let next = cadence.nextNag(at: now)
        let event = Event.nagSnoozed(
            until: until, minutes: minutes, number: next <= cadence.beat.nagMax ? next : nil, reason: reason)
        let text = "\(author.person.name) snoozed the nags for \(minutes) min"
        return Decision([entry(event, text + because(reason))])
    }

    func changeInterval(to interval: Duration, _ reason: String?) throws(Violation) -> Decision {
        try requireOpen("another cadence")
        let cadence = incident.cadence
        if interval == cadence.interval { return Decision() }
        let isSlower = interval > cadence.interval
        if isSlower { try checkSlower(interval, reason) }
        // One that takes back a part of a slower beat that still waits is no quicker than the open deadline's.
        let holdsNow = interval < cadence.beat.interval
        let event = CadenceChanged(
            from: cadence.interval, to: interval, beat: holdsNow ? quicker(interval) : nil, reason: reason)
        let text =
            "\(author.person.name) made the beat \(isSlower ? "slower" : "quicker"): an update every "
            + DurationText.format(interval) + (holdsNow ? "" : ", from the next one on")
        return Decision([entry(.cadenceChanged(event), text + because(reason))])
    }

    /// Holds at once, and may only bring the deadline nearer.
    private func quicker(_ interval: Duration) -> Beat {
        let cadence = incident.cadence
        let due = min(cadence.beat.dueAt, cadence.lastUpdateAt.map { $0 + interval } ?? cadence.beat.dueAt)
        return Beat(due: due, interval: interval, under: policy, setAt: now)
    }

    /// Who may is judged first, then what.
    private func checkSlower(_ interval: Duration, _ reason: String?) throws(Violation) {
        try requireCommander("a slower beat")
        guard reason.map({ !saysNothing($0) }) ?? false else {
            throw .invalid(pointer: "#/reason", detail: "A slower beat needs a reason.")
        }
        guard now >= incident.slowsFrom else {
            throw .invalid(
                pointer: "#/interval_seconds",
                detail:
                    "The beat may be slowed from \(incident.slowsFrom.rfc3339) on; until then it may only be made quicker."
            )
        }
        let slowest = policy.intervals(of: incident.severity).interval * Judge.slowestFactor
        guard interval <= slowest else {
            throw .invalid(
                pointer: "#/interval_seconds",
                detail:
                    "At most \(slowest.wholeSeconds) are allowed, \(Judge.slowestFactor) times the configured interval."
            )
        }
    }

    func escalate(to person: Person, _ reason: String) throws(Violation) -> Decision {
        try requireOpen("an escalation")
        let event = Event.escalated(to: person, decisionDueAt: now + policy.decisionAfter, reason: reason)
        return Decision([
            entry(event, "\(author.person.name) escalated to \(person.name)" + because(reason))
        ])
    }
}
