import Model
import Time

extension NagSent.About {
    /// A role that was held for a whole shift.
    public static let handover = NagSent.About(rawValue: "handover")
}

/// Asks those who have been commander or communicator for a whole shift to hand over, again each shift (domain.md, section 6).
///
/// One nag for all whose shift is over. Its deadline is the end of the shift that ended first.
public enum HandoverNag: NagTopic {
    public static let about = NagSent.About.handover
    public static let event = EventType(
        "handover.due", .nag, "Someone has been commander or communicator for a whole shift")

    /// A new holder begins a shift of their own.
    public static let followsRoles = false
    /// A handover asks for no words.
    public static let draftAudience: Audience? = nil
    /// The roles that are handed over.
    static let roles: [Role] = [.commander, .communicator]

    public static func nextMoment(for incident: Incident) -> Timestamp? {
        guard let shift = incident.firstShift else { return nil }
        let next = incident.handover.next(for: shift)
        return next.number <= Beat.nagsMax ? next.moment : nil
    }

    public static func due(for incident: Incident, at now: Timestamp) -> Nag? {
        guard let shift = incident.firstShift, let moment = nextMoment(for: incident), now >= moment else {
            return nil
        }
        let tired = roles.filter { role in incident.roles[role]?.shift.map { $0.endsAt <= now } ?? false }
        let names = tired.compactMap { role in
            incident.holder(of: role).map { "\($0.name) has been \(role.label)" }
        }
        let skipped = Int((now - moment).wholeSeconds / shift.length.wholeSeconds)
        return nag(
            due: shift.endsAt, min(incident.handover.next(for: shift).number + skipped, Beat.nagsMax),
            to: tired.compactMap(incident.recipient) + [incident.commanderOrDeclarer],
            "Handover \(lateness(now - shift.endsAt)): \(names.joined(separator: " and ")) for a whole shift")
    }

    public static func count(_ nag: NagSent, in incident: inout Incident) -> Bool {
        if let shift = incident.firstShift { incident.handover.count(nag, shift) }
        return false
    }

    /// The queued nags that a change of a role makes wrong: no shift is over any more.
    static func outdated(by role: Role, from before: Incident, to after: Incident) -> [EventType] {
        guard roles.contains(role), before.holder(of: role) != after.holder(of: role),
            after.firstShift.map({ $0.endsAt > after.recordedAt }) ?? true
        else { return [] }
        return queued
    }
}

/// The nags about shifts that are over.
struct HandoverNags: Sendable, Equatable {
    private struct Last: Sendable, Equatable {
        var dueAt: Timestamp
        var number: Int
        /// When the next one for the deadline is sent.
        var nextAt: Timestamp
    }

    /// The last nag.
    private var last: Last?
    private var spent = SpentDeadlines()

    /// The next nag about a shift: the first one at its end, then one per shift.
    func next(for shift: Shift) -> (moment: Timestamp, number: Int) {
        if let last, last.dueAt == shift.endsAt { return (last.nextAt, last.number + 1) }
        return (shift.endsAt, spent.lastNumber(for: shift.endsAt) + 1)
    }

    mutating func count(_ nag: NagSent, _ shift: Shift) {
        let next = next(for: shift)
        let nextAt = next.moment + shift.length * max(1, nag.number - next.number + 1)
        last = Last(dueAt: nag.dueAt, number: nag.number, nextAt: nextAt)
        spent.count(nag)
    }

    /// Moves it by a step of the clock; `dueAt` is the deadline before.
    mutating func move(by step: ClockStep, from dueAt: Timestamp?) {
        guard let last, last.dueAt == dueAt else { return }
        let moved = step.moved(last.dueAt)
        self.last = Last(
            dueAt: moved, number: max(last.number, spent.lastNumber(for: moved)),
            nextAt: step.moved(last.nextAt))
    }
}

extension Incident {
    /// The shift that ends first; `nil` for none.
    var firstShift: Shift? {
        HandoverNag.roles.compactMap { roles[$0]?.shift }.min { $0.endsAt < $1.endsAt }
    }

    /// When the holder of a role is asked to hand it over; `nil` for never.
    public func shiftEnd(of role: Role) -> Timestamp? { roles[role]?.shift?.endsAt }

    /// When the first shift ends.
    var shiftsEndAt: Timestamp? { firstShift?.endsAt }

    /// Begins the shifts of all who hold a role, with the episode.
    mutating func beginShifts(of length: Duration?, at moment: Timestamp) {
        for role in HandoverNag.roles { roles[role]?.shift = Shift(of: length, from: moment) }
    }
}
