import Model
import Time

extension NagSent.About {
    /// An open incident without activity for days.
    public static let stale = NagSent.About(rawValue: "stale")
}

/// Asks commander and declarer once a day about an open incident without activity; closes nothing (domain.md, section 6).
///
/// Exclusive: no other topic nags about a stale incident until someone writes again.
public enum StaleNag: NagTopic {
    public static let about = NagSent.About.stale
    public static let event = EventType(
        "incident.stale", .nag, "An open incident had no entry for a day or more")

    /// From the last activity to nag 1, and from each nag to the next.
    static let step: Duration = .seconds(86_400)
    /// Upper bound of nags per inactivity.
    static let numberMax = 14

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        let number = sent(on: incident) + 1
        return number <= numberMax ? incident.inactivity.since + step * number : nil
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        let since = incident.inactivity.since
        let days = min(Int((now - since).wholeSeconds / step.wholeSeconds), numberMax)
        guard days > sent(on: incident) else { return nil }
        return nag(
            due: since + step, days, to: [incident.commanderOrDeclarer, incident.declarer],
            "Still open, and nobody has written anything for \((now - since).wholeSeconds / 3_600) "
                + "h; resolve it, cancel it, or say how it stands"
        )
    }

    public static func asksAlone(on incident: Incident, at now: Timestamp) -> Bool {
        sent(on: incident) > 0 || now >= incident.inactivity.since + step
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.inactivity.staleNags = nag.number
        incident.inactivity.heldBack = Set(Incident.nagTopics.map { $0.about }).subtracting([about])
        return false
    }

    private static func sent(on incident: Incident) -> Int { incident.inactivity.staleNags }
}
