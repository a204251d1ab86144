import Model
import Time

/// The service found that its clock had been set back: what the incident has due moves by the step (domain.md, section 5).
///
/// The only entry that may be recorded before its predecessor.
public struct ClockCorrected: EntryPayload, Equatable {
    public static let kind: EntryKind = "clock_corrected"
    public static let event = EventType.entryAdded
    public static let isAutomatic = true

    /// What the clock said before.
    public var from: Timestamp
    /// What it says now.
    public var to: Timestamp

    public init(from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.move(by: ClockStep(from: from, to: to, episodeStartedAt: incident.episodeStartedAt))
        return true
    }

    /// A deadline that moved is announced again.
    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        before.cadence.beat.dueAt == after.cadence.beat.dueAt ? [] : [.updateDueSoon]
    }
}

extension ClockCorrected {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        to = try fields.facts.read("to")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("to", to)
    }
}

/// A step of the clock, and how it moves the moments of an incident (docs/decisions/0017).
struct ClockStep: Sendable, Equatable {
    let to: Timestamp
    /// Negative: the clock was set back.
    let length: Duration
    /// The start of the episode by the corrected clock.
    let episodeStartedAt: Timestamp

    init(from: Timestamp, to: Timestamp, episodeStartedAt: Timestamp) {
        self.to = to
        length = to - from
        self.episodeStartedAt = episodeStartedAt > to ? episodeStartedAt + length : episodeStartedAt
    }

    /// Moves what is due, and clocks that count from a moment, by the step; but not to before the episode: such a moment is not of the
    /// clock that was wrong.
    func moved(_ moment: Timestamp) -> Timestamp {
        let moved = moment + length
        if moved >= episodeStartedAt { return moved }
        return moment > to ? episodeStartedAt : moment
    }

    /// Moves the start of a clock that runs for a duration, so that what it makes due moves. The start may come to lie before the
    /// episode.
    func moved(startOf duration: Duration, _ start: Timestamp) -> Timestamp {
        let isOfWrongClock = start + duration + length >= episodeStartedAt
        return isOfWrongClock ? start + length : moved(start)
    }

    /// Moves what has happened, if the corrected clock has not come to it yet.
    func past(_ moment: Timestamp) -> Timestamp {
        moment > to ? moment + length : moment
    }
}

extension Incident {
    /// Moves every moment of the state.
    fileprivate mutating func move(by step: ClockStep) {
        episodeStartedAt = step.episodeStartedAt
        slowsFrom = step.moved(slowsFrom)
        cadence.move(by: step)
        decision?.move(by: step)
        inactivity.move(by: step)
        watch?.move(by: step)
        checks.move(by: step)
        closing?.move(by: step)
        lastUpdate = lastUpdate.map { $0.moved(by: step) }
        publicUpdates.lastAt = publicUpdates.lastAt.map(step.past)
        checklist.move(by: step)
        lastEscalation = lastEscalation.map {
            Escalation(to: $0.to, seq: $0.seq, at: step.past($0.at))
        }
        handover.move(by: step, from: shiftsEndAt)
        roles = roles.mapValues {
            Assignment(
                person: $0.person, contact: $0.contact, since: step.moved($0.since),
                shift: $0.shift?.moved(by: step))
        }
        freeze?.move(by: step)
        exceptions = exceptions.map { $0.moved(by: step) }
        suspects = suspects.map { $0.moved(by: step) }
        todos = todos.map { $0.moved(by: step) }
        mitigations.move(by: step)
        times.startedAt = times.startedAt.map(step.past)
        times.detectedAt = times.detectedAt.map(step.past)
        times.declaredAt = step.past(times.declaredAt)
        times.mitigatedAt = times.mitigatedAt.map(step.past)
        times.monitoringAt = times.monitoringAt.map(step.past)
        times.restoredAt = times.restoredAt.map(step.past)
        times.resolvedAt = times.resolvedAt.map(step.past)
        times.cancelledAt = times.cancelledAt.map(step.past)
    }

    public static let clockKind: EntryKind? = ClockCorrected.kind

    /// What was due would have been recorded, so the former clock had not come to the next nag.
    public func clockCorrection(from: Timestamp, to: Timestamp) -> NewEntry<Incident>? {
        let from = max(recordedAt, min(from, nextNagAt ?? from))
        guard from > to else { return nil }
        return NewEntry(
            ClockCorrected(from: from, to: to),
            "The clock was set back from \(from.rfc3339) to \(to.rfc3339): deadline, nags and all that is due moved along",
            at: to)
    }
}
