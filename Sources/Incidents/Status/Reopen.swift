import Model
import Time

/// The incident was reopened: another episode begins.
public struct Reopened: EntryPayload, Equatable {
    public static let kind: EntryKind = "reopened"
    public static let event = EventType("incident.reopened", .status, "An incident was reopened")

    public var from: Incident.Status
    /// The number of the new episode: 2…
    public var episode: Int
    /// The first deadline.
    public var beat: Beat
    /// Limits of the episode; `nil` in an entry of Drumbeat 0.1.0.
    public var clock: EpisodeClock?
    public var reason: String?

    public init(from: Incident.Status, episode: Int, beat: Beat, clock: EpisodeClock?, reason: String?) {
        self.from = from
        self.episode = episode
        self.beat = beat
        self.clock = clock
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.beginEpisode(episode, at: place)
        incident.cadence = Cadence(startingWith: beat, after: incident.cadence)
        incident.decision = clock.map { DecisionDeadline(dueAt: $0.decisionDueAt) }
        incident.slowsFrom = EpisodeClock.slowsFrom(clock, startedAt: place.recordedAt)
        incident.inactivity = Inactivity(since: place.recordedAt, limit: clock?.noProgressAfter)
        incident.beginShifts(of: clock?.shift, at: place.recordedAt)
        incident.lastEscalation = nil
        incident.closing = nil
        return true
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        Incident.queuedNags
    }
}

extension Reopened {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        episode = try fields.facts.read("episode")
        beat = try Beat(from: fields.facts)
        clock = try EpisodeClock(from: fields.facts)
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("episode", episode)
        beat.write(to: &fields.facts)
        clock?.write(to: &fields.facts)
        fields.words.write("reason", reason)
    }
}

extension ChangeStatus {
    func reopen(_ incident: Incident, _ given: Circumstances<Incident>) -> Decision<Incident> {
        let reopened = Reopened(
            from: incident.status, episode: incident.episode + 1,
            beat: Beat(firstOf: incident.severity, under: given.policy, at: given.now),
            clock: EpisodeClock(startingAt: given.now, under: given.policy), reason: reason)
        let frozen = incident.freezeStarting(as: incident.severity, given)
        return Decision(
            [given.entry(reopened, "\(given.author.person.name) reopened the incident" + because(reason))]
                + frozen.entries,
            warnings: given.silence(to: incident.peopleAsked) + frozen.warnings)
    }
}
