import Time

extension Judge {
    func changeStatus(_ wish: Change.StatusChange) throws(Violation) -> Decision {
        if wish.to == incident.status { return Decision() }
        guard incident.isOpen || wish.to == .investigating else {
            throw .incidentEnded(incident.status, wish: "the status \(wish.to.rawValue)")
        }
        guard wish.duplicateOf == nil || wish.to == .cancelled && wish.reason == "duplicate" else {
            throw .invalid(
                pointer: "#/duplicate_of",
                detail: "Only a cancellation with the reason duplicate names another incident.")
        }
        guard incident.isOpen else { return reopen(wish) }
        switch wish.to {
        case .investigating, .mitigating, .monitoring: return move(to: wish)
        case .resolved: return try resolve(wish)
        case .cancelled: return try cancel(wish)
        }
    }

    private func move(to wish: Change.StatusChange) -> Decision {
        let event = Event.statusChanged(from: incident.status, to: wish.to, reason: wish.reason)
        let regressed = incident.status == .monitoring ? " (a regression)" : ""
        let text =
            "\(author.person.name) moved the status from \(incident.status.rawValue) to \(wish.to.rawValue)\(regressed)"
        let warnings: [Warning] =
            wish.to == .monitoring && incident.restoredWhen == nil ? [.restoredWhenMissing] : []
        return Decision([entry(event, text + because(wish.reason))], warnings: warnings)
    }

    /// From `monitoring` it is free until the resolve gate is built; from elsewhere an override by the commander.
    private func resolve(_ wish: Change.StatusChange) throws(Violation) -> Decision {
        let overrides = incident.status != .monitoring
        if overrides {
            guard wish.override else {
                throw .notAllowedFromStatus(
                    current: incident.status, wish: "resolving", allowed: followers,
                    advice: "Move to monitoring first, or let the commander override with "
                        + "{\"status\": \"resolved\", \"override\": true, \"reason\": \"…\"}.")
            }
            try requireCommander("resolving by override")
            guard let reason = wish.reason, !reason.isEmpty else {
                throw .invalid(
                    pointer: "#/reason", detail: "An override needs a reason, which the post-mortem shows.")
            }
        }
        let event = Event.resolved(from: incident.status, override: overrides, reason: wish.reason)
        let how = overrides ? " by override" : ""
        return Decision([
            entry(event, "\(author.person.name) resolved the incident\(how)" + because(wish.reason))
        ])
    }

    private func cancel(_ wish: Change.StatusChange) throws(Violation) -> Decision {
        let cancellation: Cancellation
        switch wish.reason {
        case "false_alarm":
            cancellation = .falseAlarm
        case "duplicate":
            guard let other = wish.duplicateOf else {
                throw .invalid(
                    pointer: "#/duplicate_of",
                    detail: "Name the incident that this one duplicates: \"INC-…\".")
            }
            guard other != incident.number else {
                throw .invalid(pointer: "#/duplicate_of", detail: "An incident does not duplicate itself.")
            }
            cancellation = .duplicate(of: other)
        default:
            throw .invalid(
                pointer: "#/reason", detail: "A cancellation's reason is one of false_alarm, duplicate.")
        }
        let event = Event.cancelled(from: incident.status, cancellation)
        let text =
            switch cancellation {
            case .falseAlarm: "\(author.person.name) cancelled the incident: a false alarm"
            case .duplicate(let other):
                "\(author.person.name) cancelled the incident: a duplicate of \(Incident.ref(other))"
            }
        return Decision([entry(event, text)])
    }

    private func reopen(_ wish: Change.StatusChange) -> Decision {
        let intervals = policy.intervals(of: incident.severity)
        let beat = Beat(
            due: now + intervals.firstUpdate, interval: intervals.interval, under: policy, setAt: now)
        let event = Event.reopened(
            Reopened(
                from: incident.status, episode: incident.episode + 1, beat: beat,
                clock: EpisodeClock(startingAt: now, under: policy), reason: wish.reason))
        return Decision([entry(event, "\(author.person.name) reopened the incident" + because(wish.reason))])
    }

    private var followers: [Incident.Status] {
        [.investigating, .mitigating, .monitoring, .cancelled].filter { $0 != incident.status }
    }
}
