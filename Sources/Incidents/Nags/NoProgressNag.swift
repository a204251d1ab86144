import Model
import Time

extension NagSent.About {
    /// Any entry: there was no activity for long.
    public static let noProgress = NagSent.About(rawValue: "no_progress")
}

/// Asks for any sign of progress, once per inactivity.
public enum NoProgressNag: NagTopic {
    public static let about = NagSent.About.noProgress
    public static let event = EventType(
        "progress.stalled", .nag, "An incident had no entry for the no-progress period")

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        incident.inactivity.nags[about] == nil ? incident.inactivity.endsAt : nil
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        let inactivity = incident.inactivity
        guard inactivity.nags[about] == nil, let dueAt = inactivity.endsAt, now >= dueAt else { return nil }
        return nag(
            due: dueAt, 1,
            to: [incident.commanderOrDeclarer] + [incident.recipient(.technicalLead)].compactMap(\.self),
            "Nobody has written anything for \((now - inactivity.since).wholeSeconds / 60) min")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.inactivity.nags[about] = nag.number
        return false
    }
}
