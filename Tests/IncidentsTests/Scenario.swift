import Incidents
import Model
import Testing
import Time

/// Minutes after 10:00 UTC on 2026-01-15, the day of these scenarios.
func minute(_ minutes: Int) -> Timestamp {
    Timestamp(milliseconds: 1_768_471_200_000) + .seconds(60 * minutes)
}

let millisecond: Duration = .milliseconds(1)

/// A scenario of one incident: each change is decided and applied as the write lane does.
struct Scenario {
    var policy: Policy
    private(set) var incident: Incident
    /// Other incidents that a rule may read, by number.
    var others: [Int: Incident] = [:]
    private(set) var entries: [Entry]
    /// The incident after each entry.
    private(set) var states: [Incident]
    /// The words of each entry, by seq.
    private(set) var texts: [Int: String]

    /// `deploys` are those that the declaration asks for.
    init(
        _ severity: Severity = .major, at now: Timestamp = minute(0), by author: String = "dora",
        under policy: Policy = .standard, number: Int = 42,
        _ details: Declared.Details = Declared.Details(title: "People cannot sign in"),
        deploys: [Deploy] = []
    ) throws {
        let author = Author(person: Person(author), postedBy: "bot")
        var given = Circumstances<Incident>(author: author, now: now, policy: policy)
        given.deploys = deploys
        let decision = try Declare(severity, details).decide(opening: number, given)
        let proposal = try #require(decision.entries.first)
        let entry = proposal.entry(seq: 1, by: author.person, at: now)
        self.policy = policy
        incident = try #require(Incident(opening: entry))
        entries = [entry]
        states = [incident]
        texts = [1: proposal.text]
        for proposal in decision.entries.dropFirst() { add(proposal, by: author.person, at: now) }
    }

    private mutating func add(_ proposal: NewEntry<Incident>, by author: Person, at recordedAt: Timestamp) {
        let entry = proposal.entry(seq: incident.seq + 1, by: author, at: recordedAt)
        incident.apply(entry.payload, of: type(of: entry.payload), at: entry.place)
        entries.append(entry)
        states.append(incident)
        texts[entry.seq] = proposal.text
    }

    /// Decides a change without applying it.
    func judge(_ change: Request, at now: Timestamp, by author: String = "dora") throws(Refusal) -> Decision<
        Incident
    > {
        let author = author == "drumbeat" ? Author.service : Author(person: Person(author), postedBy: "bot")
        var given = Circumstances<Incident>(
            author: author, now: max(now, incident.recordedAt), policy: policy)
        given.others = others
        given.target = change.action.about(on: incident, at: given.now).flatMap(amended)
        return try change.action.decide(on: incident, given)
    }

    /// An entry with its amendments; `nil` if there is no such seq.
    private func amended(_ seq: Int) -> AmendedEntry<Incident>? {
        func known(_ entry: Entry) -> AmendedEntry<Incident>.Entry {
            .init(place: entry.place, kind: entry.kind, payload: entry.payload, text: texts[entry.seq] ?? "")
        }
        return entries.first { $0.seq == seq }.map { entry in
            AmendedEntry(known(entry), amendments: entries.filter { $0.payload.amends == seq }.map(known))
        }
    }

    /// The refusal of a change; `nil` if it is accepted.
    func refusal(of change: Request, at now: Timestamp, by author: String = "dora") -> Refusal? {
        do {
            _ = try judge(change, at: now, by: author)
            return nil
        } catch {
            return error
        }
    }

    /// Decides a change and applies its entries.
    @discardableResult
    mutating func make(_ change: Request, at now: Timestamp, by author: String = "dora") throws(Refusal)
        -> Decision<Incident>
    {
        let decision = try judge(change, at: now, by: author)
        let recordedAt = max(now, incident.recordedAt)
        for proposal in decision.entries where proposal.number == nil {
            add(proposal, by: Person(author), at: recordedAt)
        }
        return decision
    }

    /// Applies an entry as an older version wrote it.
    mutating func take(_ payload: any EntryPayload<Incident>, at now: Timestamp) throws {
        let entry = NewEntry(payload, "as then", at: now).entry(
            seq: incident.seq + 1, by: Person("dora"), at: now)
        incident.apply(entry.payload, of: type(of: entry.payload), at: entry.place)
        entries.append(entry)
        states.append(incident)
    }

    /// Makes it known to be restored, so that it can be resolved from `monitoring` at the end of the watch: returns when.
    @discardableResult
    mutating func watchOut(at now: Timestamp) throws -> Timestamp {
        try make(.patch { $0.restoredWhen = .set("people can sign in") }, at: now)
        let until = max(now, try #require(incident.watch).until)
        try make(.check("sign in"), at: until)
        return until
    }

    /// The clock is set back, and the incident gets the entry that the write lane adds then.
    mutating func setClockBack(from: Timestamp, to: Timestamp) throws {
        let proposal = try #require(incident.clockCorrection(from: from, to: to))
        let entry = proposal.entry(seq: incident.seq + 1, by: Author.service.person, at: to)
        incident.apply(entry.payload, of: type(of: entry.payload), at: entry.place)
        entries.append(entry)
        states.append(incident)
        texts[entry.seq] = proposal.text
    }

    /// Runs the scheduler's check; returns the nag sent on that topic, if any.
    @discardableResult
    mutating func nag(at now: Timestamp, about: NagSent.About = .update) throws -> NagSent? {
        try make(.nag, at: now, by: "drumbeat").nags.first { $0.about == about }
    }

    /// The draft as the service would render it.
    func draft(
        _ audience: Audience, _ template: Template, next: Timestamp?, fill: [Placeholder: String] = [:],
        at now: Timestamp
    ) -> Draft {
        let quotes = incident.quotable(for: audience).map {
            Quote(seq: $0.seq, text: texts[$0.wordsOf] ?? "")
        }
        let material = Draft.Material(
            incident: incident, audience: audience, quotes: quotes, fill: fill, nextUpdateAt: next, now: now)
        return Draft(material, template: template, clock: clock)
    }
}

/// The time of day, rounded down: `10:30 UTC`.
func clock(_ moment: Timestamp) -> String {
    let minutes = Int(moment.milliseconds / 60_000) % 1_440
    let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(digits(minutes / 60)):\(digits(minutes % 60)) UTC"
}

/// Short notation for an action.
struct Request: Sendable, CustomStringConvertible {
    let action: any Action<Incident>

    init(_ action: any Action<Incident>) {
        self.action = action
    }

    var description: String { "\(action)" }

    static let nag = Request(SendNags())
    var isNag: Bool { action is SendNags }

    static func publish(_ update: PublishUpdate) -> Request { Request(update) }
    static func post(_ entry: PostEntry) -> Request { Request(entry) }
    static func changeStatus(_ change: ChangeStatus) -> Request { Request(change) }
    static func edit(_ edit: EditIncident) -> Request { Request(edit) }
    static func confirm(_ confirm: Confirm) -> Request { Request(confirm) }
    static func correct(_ correct: Correct) -> Request { Request(correct) }
    static func raiseSeverity(to severity: Severity, reason: String?) -> Request {
        Request(RaiseSeverity(to: severity, reason: reason))
    }
    static func dispute(claims: Severity, reason: String) -> Request {
        Request(DisputeSeverity(claims: claims, reason: reason))
    }
    static func assignRole(_ role: Role, _ person: Person, contact: String?) -> Request {
        Request(AssignRole(role, person, contact: contact.map { .set($0) } ?? .keep))
    }
    static func releaseRole(_ role: Role) -> Request { Request(ReleaseRole(role)) }
    static var endSnooze: Request { Request(EndSnooze()) }
    static func tick(_ item: ChecklistItem) -> Request { Request(TickChecklist(item)) }

    static func snooze(minutes: Int, reason: String) -> Request {
        Request(SnoozeNags(minutes: minutes, reason: reason))
    }
    static func changeInterval(to interval: Duration, reason: String?) -> Request {
        Request(ChangeInterval(to: interval, reason: reason))
    }
    static func escalate(to person: Person, reason: String, contact: String? = nil) -> Request {
        Request(Escalate(to: person, contact: contact, reason: reason))
    }

    static func update(
        _ text: String = "We are on it.", audience: Audience = .public, occurredAt: Timestamp? = nil,
        promising next: Timestamp? = nil
    ) -> Request {
        .publish(PublishUpdate(audience: audience, text: text, occurredAt: occurredAt, nextUpdateAt: next))
    }

    static func status(
        _ to: Incident.Status, reason: String? = nil, override: Bool = false, duplicateOf: Int? = nil
    ) -> Request {
        let wish = ChangeStatus(
            to: to, reason: reason, override: override, duplicateOf: duplicateOf.map(StreamName.number))
        // The lane resolves the other incident's number before the rule decides.
        return .changeStatus(duplicateOf.map(wish.naming) ?? wish)
    }

    static func note(_ text: String = "Lag falls", at moment: Timestamp? = nil) -> Request {
        .post(PostEntry(Note(), text: text, occurredAt: moment))
    }

    static func finding(_ text: String, confirmed: Bool = true, _ visibility: Visibility = .public) -> Request
    {
        .post(PostEntry(Finding(confirmed: confirmed), text: text, visibility: visibility))
    }

    static func check(_ path: String, passed: Bool = true) -> Request {
        Request(RecordCheck(path, passed: passed, evidence: passed ? "it works" : "504"))
    }

    static func assign(_ role: Role, _ person: String, contact: String? = nil) -> Request {
        .assignRole(role, Person(person), contact: contact)
    }

    static func patch(_ fill: (inout Edited) -> Void) -> Request {
        var edit = Edited()
        fill(&edit)
        return .edit(EditIncident(edit))
    }
}

/// An entry of a scenario: a payload and its place.
struct Entry: Sendable {
    let place: Place
    let payload: any EntryPayload<Incident>

    var seq: Int { place.seq }
    var occurredAt: Timestamp { place.occurredAt }
    var recordedAt: Timestamp { place.recordedAt }
    var visibility: Visibility { place.visibility }
    var kind: EntryKind { type(of: payload).kind }
    /// Whether a start reads it for what it says.
    var isShaping: Bool {
        switch payload {
        case let hypothesis as Hypothesis: hypothesis.suspect != nil
        case let todo as Todo: todo.isListed
        default: type(of: payload).shapesState
        }
    }
    /// Whether a start reads it if it is the last of such kinds.
    var isPlain: Bool { ["note", "hypothesis", "decision", "todo"].contains(kind.rawValue) }
}

extension NewEntry where State == Incident {
    var kind: EntryKind { type(of: payload).kind }

    /// The entry at a place in an incident.
    func entry(seq: Int, by author: Person, at recordedAt: Timestamp) -> Entry {
        Entry(
            place: Place(
                seq: seq, id: "entry-\(seq)", author: self.author?.person ?? author, occurredAt: occurredAt,
                recordedAt: recordedAt, visibility: visibility), payload: payload)
    }
}

extension Incident {
    /// The incident that the first entry declares; `nil` for any other entry.
    init?(opening entry: Entry) {
        guard let declared = entry.payload as? Declared else { return nil }
        self.init(opening: declared, id: ID("01HZX4"), at: entry.place)
    }
}

extension Decision where State == Incident {
    /// No entries and no warnings.
    var isNothing: Bool { entries.isEmpty && warnings.isEmpty }

    /// The payload of the only entry; `nil` if there is not exactly one entry, or it is of another kind.
    func only<Payload>(_: Payload.Type) -> Payload? {
        entries.count == 1 ? entries[0].payload as? Payload : nil
    }

    var published: UpdatePublished? {
        entries.lazy.compactMap { $0.payload as? UpdatePublished }.first
    }

    var nags: [NagSent] {
        entries.compactMap { $0.payload as? NagSent }
    }
}

extension NagSent {
    /// The recipients, as `role:name`.
    var addresses: [String] { to.map { "\($0.role):\($0.person.name)" } }
}

extension Refusal {
    /// Whether it has that type and its message contains the words.
    func says(_ type: ProblemType, _ words: String...) -> Bool {
        self.type == type && words.allSatisfy(detail.contains)
    }

    /// The expected value, if exactly one value is refused, at that pointer; else `nil`.
    func invalid(at pointer: String) -> String? {
        type == .validation && flaws.count == 1 && flaws[0].pointer == pointer ? flaws[0].detail : nil
    }

    /// Seqs of the entries that made a draft stale; `nil` for any other refusal.
    var staleSeqs: [Int]? {
        guard type == .staleDraft, case .seqs(let seqs)? = current else { return nil }
        return seqs
    }

    /// Whether it refuses a time at that pointer, and names both clocks.
    func isClockSkew(_ pointer: String, _ claimed: Timestamp, _ now: Timestamp) -> Bool {
        says(.clockSkew, claimed.rfc3339, now.rfc3339) && current == .text(now.rfc3339)
            && flaws.map(\.pointer) == [pointer]
    }
}
