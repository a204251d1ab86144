import Model
import Time

extension NagSent.About {
    /// A standstill: no one found, changed, tried or decided anything.
    public static let noProgress = NagSent.About(rawValue: "no_progress")
}

/// Asks for progress, once per standstill (domain.md, section 6).
///
/// Which entries are progress is said by their kinds: `EntryPayload.isProgress`. Status updates, edits, roles and snoozes are none.
public enum NoProgressNag: NagTopic {
    public static let about = NagSent.About.noProgress
    public static let event = EventType(
        "progress.stalled", .nag, "Nothing was found, changed, tried or decided for the no-progress period")

    /// A breach was said by nag 3 already, to more people. While a watch runs, waiting is the work.
    public static func nextMoment(for incident: Incident) -> Timestamp? {
        let isSaid = incident.inactivity.isNagged || incident.cadence.breached
        guard !isSaid, let endsAt = incident.inactivity.endsAt else { return nil }
        return incident.watch.map { max(endsAt, $0.until) } ?? endsAt
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        guard let moment = nextMoment(for: incident), now >= moment, let dueAt = incident.inactivity.endsAt,
            !UpdateNag.breaches(incident, at: now)
        else {
            return nil
        }
        let minutes = (now - incident.inactivity.progressAt).wholeSeconds / 60
        return nag(
            due: dueAt, incident.inactivity.number(for: dueAt),
            to: [incident.commanderOrDeclarer] + [incident.recipient(.technicalLead)].compactMap(\.self),
            "No progress for \(minutes) min: nobody recorded a finding, a change or a decision")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.inactivity.count(nag)
        return false
    }
}
