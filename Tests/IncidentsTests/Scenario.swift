import Incidents
import Testing
import Time

/// Minutes after ten o'clock UTC on the day of these scenarios, 2026-01-15.
func minute(_ minutes: Int) -> Timestamp {
    Timestamp(milliseconds: 1_768_471_200_000) + .seconds(60 * minutes)
}

/// The smallest step of time.
let millisecond: Duration = .milliseconds(1)

/// An incident's scenario: each change is judged and applied as the write lane would.
struct Scenario {
    var policy: Policy
    private(set) var incident: Incident
    private(set) var entries: [Entry]
    /// The incident after each entry.
    private(set) var states: [Incident]
    /// The words of each entry, by seq.
    private(set) var texts: [Int: String]

    init(
        _ severity: Severity = .major, at now: Timestamp = minute(0), by author: String = "dora",
        under policy: Policy = .standard,
        _ details: Declared.Details = Declared.Details(title: "People cannot sign in")
    ) throws {
        let author = Author(person: Person(author), postedBy: "bot")
        let decision = try decide(
            .declare(id: Incident.ID("01HZX4"), number: 42, severity: severity, details), on: nil, by: author,
            under: policy, at: now)
        let proposal = try #require(decision.entries.first)
        let entry = proposal.entry(seq: 1, by: author.person, at: now)
        self.policy = policy
        incident = try #require(Incident(declaredBy: entry))
        entries = [entry]
        states = [incident]
        texts = [1: proposal.text]
    }

    /// Judges a change and changes nothing.
    func judge(_ change: Change, at now: Timestamp, by author: String = "dora") throws(Violation) -> Decision
    {
        try decide(
            change, on: incident, by: Author(person: Person(author), postedBy: "bot"), under: policy, at: now)
    }

    /// Why a change would be refused; `nil` when it would not.
    func refusal(of change: Change, at now: Timestamp, by author: String = "dora") -> Violation? {
        do {
            _ = try judge(change, at: now, by: author)
            return nil
        } catch {
            return error
        }
    }

    /// Judges a change and applies its entries.
    @discardableResult
    mutating func make(_ change: Change, at now: Timestamp, by author: String = "dora") throws(Violation)
        -> Decision
    {
        let decision = try judge(change, at: now, by: author)
        let recordedAt = max(now, incident.recordedAt)
        for proposal in decision.entries {
            let entry = proposal.entry(seq: incident.seq + 1, by: Person(author), at: recordedAt)
            incident.apply(entry)
            entries.append(entry)
            states.append(incident)
            texts[entry.seq] = proposal.text
        }
        return decision
    }

    /// The nag about something that is sent when the scheduler looks; `nil` when none is due.
    @discardableResult
    mutating func nag(at now: Timestamp, about: NagSent.About = .update) throws -> NagSent? {
        try make(.nag, at: now, by: "drumbeat").nags.first { $0.about == about }
    }

    /// The draft that the service would offer.
    func draft(_ audience: Audience, _ template: Template, next: Timestamp?, at now: Timestamp) -> Draft {
        let quotes = incident.quotable(for: audience).map { Quote(seq: $0.seq, text: texts[$0.seq] ?? "") }
        let material = Draft.Material(
            incident: incident, audience: audience, quotes: quotes, nextUpdateAt: next, now: now)
        return Draft(material, template: template, clock: clock)
    }
}

/// The time of day for people, rounded down: `10:30 UTC`.
func clock(_ moment: Timestamp) -> String {
    let minutes = Int(moment.milliseconds / 60_000) % 1_440
    let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(digits(minutes / 60)):\(digits(minutes % 60)) UTC"
}

extension Change {
    static func update(
        _ text: String = "We are on it.", audience: Audience = .public, occurredAt: Timestamp? = nil,
        promising next: Timestamp? = nil
    ) -> Change {
        .publish(Update(audience: audience, text: text, occurredAt: occurredAt, nextUpdateAt: next))
    }

    static func status(
        _ to: Incident.Status, reason: String? = nil, override: Bool = false, duplicateOf: Int? = nil
    ) -> Change {
        .changeStatus(StatusChange(to: to, reason: reason, override: override, duplicateOf: duplicateOf))
    }

    static func note(_ text: String = "Lag falls", at moment: Timestamp? = nil) -> Change {
        .post(Note(kind: .note, text: text, occurredAt: moment))
    }

    static func finding(_ text: String, confirmed: Bool = true, _ visibility: Visibility = .public) -> Change
    {
        .post(Note(kind: .finding(confirmed: confirmed), text: text, visibility: visibility))
    }

    static func assign(_ role: Role, _ person: String, contact: String? = nil) -> Change {
        .assignRole(role, Person(person), contact: contact)
    }

    static func patch(_ fill: (inout Edit) -> Void) -> Change {
        var edit = Edit()
        fill(&edit)
        return .edit(edit)
    }
}

extension Decision {
    /// The status update among the entries.
    var published: UpdatePublished? {
        for case .updatePublished(let update) in entries.map(\.event) { return update }
        return nil
    }

    /// The nags among the entries.
    var nags: [NagSent] {
        entries.compactMap { proposal in
            guard case .nagSent(let nag) = proposal.event else { return nil }
            return nag
        }
    }
}

extension NagSent {
    /// Whom it is for, as `role:name`.
    var addresses: [String] { to.map { "\($0.role):\($0.person.name)" } }
}
