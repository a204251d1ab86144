import Incidents
import Journal
import Model
import Storage
import Time

/// Checks the whole journal for violations at the end of a simulation.
struct JournalCheck {
    /// An event that must have been delivered to every webhook subscribed to it.
    struct Event {
        /// A webhook gets the first that it wants.
        var types: [String]
        var stream: StreamID
        var seq: Int
        var position: Int
        /// Whether a role changed hands, so that nags are sent again.
        var isOfRole: Bool
    }

    private struct Course {
        var fold: Fold<Incident>
        var response = ResponseCheck()
        var nags: Set<String> = []
        var lastNag: [NagSent.About: (at: Timestamp, dueAt: Timestamp)] = [:]
    }

    private(set) var broken: [String] = []
    private(set) var events: [Event] = []
    private var courses: [StreamID: Course] = [:]

    /// The incidents after their last entries.
    var incidents: [Incident] { courses.values.compactMap(\.fold.state) }

    mutating func run(_ entries: [StoredEntry], reader: SQLiteReader) throws {
        for (index, entry) in entries.enumerated() {
            if entry.position != index + 1 { broken.append("S3: position \(entry.position) at \(index + 1)") }
            var course: Course
            if let known = courses[entry.stream] {
                course = known
            } else {
                guard let row = try reader.incident(entry.stream.number) else {
                    return broken.append("S3: \(Incident.ref(entry.stream.number)) has no row")
                }
                course = Course(fold: Fold(entry.stream, id: row.id.text))
            }
            try add(entry, &course)
            courses[entry.stream] = course
        }
        for (stream, course) in courses {
            guard let incident = course.fold.state, let row = try reader.incident(stream.number) else {
                continue
            }
            if row != IncidentRow(incident, changedPosition: course.fold.lastChange.counter) {
                broken.append("I3: the row of \(incident.ref) is not the fold of its entries")
            }
        }
        if courses.keys.map(\.number).sorted() != Array(1...max(courses.count, 1)) && !courses.isEmpty {
            broken.append("the numbers of incidents have a gap")
        }
    }

    private mutating func add(_ entry: StoredEntry, _ course: inout Course) throws {
        let before = course.fold.state
        let flaw = Chain.flaw(
            of: entry, in: course.fold.id, seq: (before?.seq ?? 0) + 1, after: course.fold.hash)
        if let flaw { broken.append("S3: position \(entry.position): \(flaw)") }
        if let before, entry.recordedAt < before.recordedAt, entry.kind != ClockCorrected.kind {
            broken.append("I1: recorded_at fell")
        }
        try course.fold.add(entry)
        guard let after = course.fold.state else { return broken.append("S3: no fold") }
        if let before, before.isOpen, after.severity < before.severity {
            broken.append("S4: the severity of \(after.ref) fell at seq \(entry.seq)")
        }
        broken += course.response.add(entry, try entry.payload(), after)
        if let nag = try entry.nag() { check(nag, entry, before, &course) }
        var types = JournalCheck.types(of: entry, before, after)
        // Of a confidential incident only nags leave the service.
        if after.isConfidential {
            types.removeAll { type in
                ![
                    "update.overdue", "update.closing_due", "cadence.", "decision.", "progress.", "approval.",
                    "handover.",
                    "incident.stale",
                ]
                .contains { type.hasPrefix($0) }
            }
        }
        let isOfRole = ["role_assigned", "role_released"].contains(entry.kind.rawValue)
        events.append(
            Event(
                types: types, stream: entry.stream, seq: entry.seq, position: entry.position,
                isOfRole: isOfRole))
    }

    private mutating func check(
        _ nag: NagSent, _ entry: StoredEntry, _ before: Incident?, _ course: inout Course
    ) {
        let name = "the nag at position \(entry.position)"
        guard let before else { return broken.append("\(name) begins an incident") }
        if before.isOpen == (nag.about == .closing) { broken.append("S10: \(name) came after the end") }
        let expected: (dueAt: Timestamp?, number: Int?) =
            switch nag.about {
            case .update: (before.cadence.beat.dueAt, before.cadence.nagDue(at: entry.recordedAt))
            // The histories of IncidentsTests check its number, too.
            case .decision: (before.decision?.dueAt, nag.number)
            case .noProgress: (before.inactivity.endsAt, 1)
            case .stale: (before.inactivity.since + .seconds(86_400), nag.number)
            case .closing: (before.closing?.dueAt, nag.number)
            // Of several requests each has its own.
            case .approval:
                (
                    before.mitigations.active.first { $0.approval?.dueAt == nag.dueAt }?.approval?.dueAt,
                    nag.number
                )
            case .handover:
                (
                    [Role.commander, .communicator].compactMap { before.shiftEnd(of: $0) }.min(), nag.number
                )
            default: (nil, nil)
            }
        if nag.dueAt != expected.dueAt { broken.append("S5: \(name) is for a deadline that is over") }
        let moment = before.nextNagAt(about: nag.about)
        if nag.number != expected.number || moment.map({ $0 > entry.recordedAt }) ?? true {
            broken.append("S5: \(name) has number \(nag.number), or came at the wrong time")
        }
        if !course.nags.insert("\(nag.about.rawValue) \(nag.dueAt.milliseconds) \(nag.number)").inserted {
            broken.append("S5: \(name) was sent before")
        }
        // An update recorded late may set a deadline that has already passed; a nag for that is a different nag.
        if let last = course.lastNag[nag.about], last.at == entry.recordedAt, last.dueAt == nag.dueAt {
            broken.append("S6: \(name) is the second at one look")
        }
        course.lastNag[nag.about] = (entry.recordedAt, nag.dueAt)
    }

    /// The events of an entry according to api.md. Implemented again, so that an error in the service's own table is detected.
    private static func types(of entry: StoredEntry, _ before: Incident?, _ after: Incident) -> [String] {
        switch entry.kind.rawValue {
        case "declared", "edited", "status_changed", "severity_raised", "role_assigned", "resolved",
            "reopened", "cancelled", "linked":
            return ["incident.\(entry.kind.rawValue)"]
        case "mitigation_started": return ["mitigation.started"]
        case "mitigation_ended": return ["mitigation.ended"]
        case "update_published": return ["update.published"]
        case "freeze_started": return ["freeze.started"]
        case "freeze_lifted": return ["freeze.lifted"]
        case "escalated": return ["decision.escalated"]
        case "nag_sent":
            let data = String(decoding: entry.facts, as: UTF8.self)
            if data.contains(#""about":"decision""#) { return ["decision.due"] }
            if data.contains(#""about":"closing""#) { return ["update.closing_due"] }
            if data.contains(#""about":"stale""#) { return ["incident.stale"] }
            if data.contains(#""about":"approval""#) { return ["approval.due"] }
            if data.contains(#""about":"handover""#) { return ["handover.due"] }
            if data.contains(#""about":"no_progress""#) { return ["progress.stalled"] }
            let breaks = after.cadence.breached && before?.cadence.breached == false
            return breaks ? ["update.overdue", "cadence.breached"] : ["update.overdue"]
        default: return ["timeline.entry_added"]
        }
    }
}
