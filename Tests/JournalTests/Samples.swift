import Journal
import Model
import Time

@testable import Incidents

/// The time of all samples: 2026-01-15T10:03:00Z.
let noon = Timestamp(milliseconds: 1_768_471_380_000)

/// Payloads of every kind, one with every value set, and some with as few as possible. The erasable words of each contain `SECRET`.
enum Sample {
    static let beat = Beat(
        interval: .seconds(900), dueAt: noon + .seconds(300),
        nagSteps: [.zero, .seconds(300), .seconds(600)],
        nagMax: 12, dueSoonAt: noon + .seconds(180))
    static let shortBeat = Beat(
        interval: .seconds(60), dueAt: noon + .milliseconds(1), nagSteps: [.seconds(30)], nagMax: 1,
        dueSoonAt: nil)

    static let clock = EpisodeClock(
        decisionDueAt: noon + .seconds(3_600), noProgressAfter: .seconds(1_800), shift: nil)

    static let payloads: [any EntryPayload<Incident>] =
        [
            full, bare, everything, nothing,
            StatusChanged(from: .investigating, to: .mitigating, reason: "SECRET reason"),
            StatusChanged(from: .monitoring, to: .investigating, reason: nil),
            SeverityRaised(from: .minor, to: .critical, beat: beat, reason: "SECRET reason"),
            SeverityRaised(from: .major, to: .critical, beat: shortBeat, reason: nil),
            SeverityDisputed(current: .major, claims: .minor, reason: "SECRET reason"),
            RoleAssigned(
                .communicator, Person("@Bob"), previous: Person("eve"), contact: "tel:SECRET"),
            RoleAssigned(.technicalLead, Person("é \"quoted\" \\ 🥁"), previous: nil, contact: nil),
            RoleReleased(.rollbackBackup, previous: Person("eve")),
            update, lateUpdate,
            NagSent(
                about: .update, dueAt: noon, number: 3,
                to: [
                    .init(role: "communicator", person: Person("@Bob")),
                    .init(role: "declarer", person: Person("eve")),
                ], breached: true),
            NagSent(about: .update, dueAt: noon, number: 1, to: [], breached: false),
            Resolved(from: .mitigating, override: true, reason: "SECRET reason"),
            Resolved(from: .monitoring, override: false, reason: nil),
            Cancelled(from: .investigating, duplicateOf: nil),
            Cancelled(from: .mitigating, duplicateOf: 7),
            Reopened(from: .resolved, episode: 2, beat: beat, clock: clock, reason: "SECRET reason"),
            Reopened(from: .cancelled, episode: 12, beat: shortBeat, clock: nil, reason: nil),
        ] + beats + posted

    /// Kinds that change the cadence.
    static let beats: [any EntryPayload<Incident>] = [
        NagSent(
            about: .decision, dueAt: noon, number: 12,
            to: [.init(role: "commander", person: Person("alice"))], breached: false),
        NagSent(about: .noProgress, dueAt: noon, number: 1, to: [], breached: false),
        NagSnoozed(until: noon + .seconds(600), minutes: 10, number: 2, reason: "SECRET reason"),
        NagSnoozed(until: noon + .seconds(60), minutes: 1, number: nil, reason: "SECRET reason"),
        CadenceChanged(from: .seconds(1_800), to: .seconds(900), beat: beat, reason: "SECRET reason"),
        CadenceChanged(from: .seconds(900), to: .seconds(3_600), beat: nil, reason: "SECRET reason"),
        CadenceChanged(from: .seconds(900), to: .seconds(60), beat: nil, reason: nil),
        Escalated(to: Person("the CTO"), decisionDueAt: noon + .seconds(3_600), reason: "SECRET reason"),
    ]

    /// Kinds that people write; the fold needs none of their data.
    static let posted: [any EntryPayload<Incident>] = [
        Note(), Finding(confirmed: true), Finding(confirmed: false), Hypothesis(.ruledOut),
        Hypothesis(.open), Hypothesis(.confirmed), ChangeMade(complete: true), ChangeMade(complete: false),
        DecisionMade(), Todo(),
    ]

    static let full: Declared = {
        var details = Declared.Details(title: "SECRET title \u{2028} \"q\" \\ 🥁")
        details.impact = "SECRET impact"
        details.workaround = "SECRET workaround\nsecond line \u{1B}[31mred"
        details.restoredWhen = "SECRET restored"
        details.nextAction = .init(text: "SECRET action", owner: "SECRET owner")
        details.startedAt = noon - .seconds(600)
        details.detectedAt = noon - .milliseconds(1)
        details.channel = "slack:SECRET"
        details.labels = ["service": "SECRET", "a": "SECRET \"q\"", "ü": "SECRET"]
        details.links = [
            .init(url: "https://SECRET", title: "SECRET"), .init(url: "https://SECRET/2", title: nil),
        ]
        details.roles = [
            .commander: .init(person: Person("alice"), contact: "tel:SECRET"),
            .scribe: .init(person: Person("@Dora"), contact: nil),
        ]
        return Declared(
            number: 42, severity: .major, details: details, beat: beat,
            episode: clock)
    }()

    static let bare = Declared(
        number: 1, severity: .minor, details: Declared.Details(title: "SECRET"),
        beat: shortBeat, episode: nil)

    static let everything: Edited = {
        var edit = Edited()
        edit.title = .set("SECRET title")
        edit.impact = .set("SECRET impact")
        edit.workaround = .set("SECRET workaround")
        edit.restoredWhen = .set("SECRET restored")
        edit.nextAction = .set(.init(text: "SECRET action", owner: nil))
        edit.startedAt = .set(noon - .seconds(60))
        edit.detectedAt = .set(noon)
        edit.channel = .set("SECRET channel")
        edit.reviewedSeverity = .set(.minor)
        edit.labels = ["service": "SECRET", "gone": String?.none]
        edit.links = .set([.init(url: "https://SECRET", title: nil)])
        return edit
    }()

    static let nothing: Edited = {
        var edit = Edited()
        edit.impact = .clear
        edit.workaround = .clear
        edit.restoredWhen = .clear
        edit.nextAction = .clear
        edit.startedAt = .clear
        edit.detectedAt = .clear
        edit.channel = .clear
        edit.reviewedSeverity = .clear
        edit.links = .set([])
        return edit
    }()

    static let update = UpdatePublished(
        audience: .public, slot: "T+15", counts: true, dueAt: noon, lateBySeconds: 61, beat: beat,
        promisedAt: noon + .seconds(700), basisSeq: 3, etaBasis: 2, template: "update", forced: true,
        claimedAt: noon + .seconds(9))

    static let lateUpdate = UpdatePublished(
        audience: .internal, slot: "T+0", counts: false, dueAt: nil, lateBySeconds: nil, beat: nil,
        promisedAt: nil, basisSeq: nil, etaBasis: nil, template: nil, forced: false)

    static func new(_ payload: any EntryPayload<Incident>, source: Source? = nil) -> NewEntry<Incident> {
        NewEntry(
            payload, "SECRET text of \(name(of: payload))", at: noon - .seconds(5), visibility: .public,
            source: source, rest: payload is any PostedPayload ? Array(#"{"graph":"SECRET"}"#.utf8) : [])
    }

    /// The kind as it is spelled in the golden bytes: `updatePublished`.
    private static func name(of payload: any EntryPayload<Incident>) -> String {
        let words = type(of: payload).kind.rawValue.split(separator: "_")
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    /// A payload as the journal stores it, sealed after `previous`.
    static func entry(
        _ payload: any EntryPayload<Incident>, position: Int = 11, seq: Int = 4, source: Source? = nil,
        after previous: [UInt8] = Chain.start
    ) -> StoredEntry {
        let bytes = EntryBytes(new(payload, source: source))
        let salt = [UInt8](1...16)
        var entry = StoredEntry(
            position: position, stream: StreamID(Incident.self, 42), seq: seq, id: "01HZX4\(position)",
            kind: type(of: payload).kind,
            author: "@Bob", postedBy: "slackbot", occurredAt: noon - .seconds(5), recordedAt: noon,
            visibility: .public, facts: bytes.facts, words: bytes.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: bytes.words), hash: [], onceKey: nil)
        entry.hash = Chain.hash(of: entry, in: id, after: previous)
        return entry
    }

    static let id = "01KF0Q2XG00000000000000000"
    static let stream = StreamID(Incident.self, 42)
}

extension StoredEntry {
    /// The entry after a redaction.
    var erased: StoredEntry {
        var entry = self
        entry.words = nil
        entry.salt = nil
        return entry
    }
}

func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// Whether two payloads have the same kind and the same fields.
func same(_ left: (any EntryPayload<Incident>)?, _ right: any EntryPayload<Incident>) -> Bool {
    func equal<Value: Equatable>(_ value: Value) -> Bool { value == right as? Value }
    return (left as? any Equatable).map { equal($0) } ?? false
}
