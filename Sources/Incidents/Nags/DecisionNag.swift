import Model
import Time

extension NagSent.About {
    /// The decision to resolve or to escalate.
    public static let decision = NagSent.About(rawValue: "decision")
}

/// Asks the commander to resolve or escalate a long episode; not while a watch runs.
public enum DecisionNag: NagTopic {
    public static let about = NagSent.About.decision
    /// A decision is the team's.
    public static let draftAudience: Audience? = .internal
    public static let event = EventType("decision.due", .nag, "A decision is due: resolve or escalate")

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        guard let decision = incident.decision, decision.nextNumber <= incident.cadence.beat.nagMax else {
            return nil
        }
        return decision.nextMoment(during: incident.watch)
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        let beat = incident.cadence.beat
        guard let decision = incident.decision,
            let number = decision.nagDue(
                every: beat.interval, atMost: beat.nagMax, at: now, during: incident.watch)
        else { return nil }
        return nag(
            due: decision.dueAt, number, to: [incident.commanderOrDeclarer],
            "Decision \(lateness(now - decision.dueAt)), resolve or escalate")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        incident.decision?.count(
            nag.number, every: incident.cadence.beat.interval, during: incident.watch)
        return false
    }
}
