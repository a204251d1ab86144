import Journal
import Time

@testable import Incidents

/// The moment all samples are made at: 2026-01-15T10:03:00Z.
let noon = Timestamp(milliseconds: 1_768_471_380_000)

/// One event of every kind, with every value set, and some with as few as can be; the secret words of each contain `SECRET`.
enum Sample {
    static let beat = Beat(
        interval: .seconds(900), dueAt: noon + .seconds(300),
        nagSteps: [.zero, .seconds(300), .seconds(600)],
        nagMax: 12, dueSoonAt: noon + .seconds(180))
    static let shortBeat = Beat(
        interval: .seconds(60), dueAt: noon + .milliseconds(1), nagSteps: [.seconds(30)], nagMax: 1,
        dueSoonAt: nil)

    static let clock = EpisodeClock(decisionDueAt: noon + .seconds(3_600), noProgressAfter: .seconds(1_800))

    static let events: [Event] =
        [
            .declared(full), .declared(bare), .edited(everything), .edited(nothing),
            .statusChanged(from: .investigating, to: .mitigating, reason: "SECRET reason"),
            .statusChanged(from: .monitoring, to: .investigating, reason: nil),
            .severityRaised(from: .minor, to: .critical, beat: beat, reason: "SECRET reason"),
            .severityRaised(from: .major, to: .critical, beat: shortBeat, reason: nil),
            .severityDisputed(current: .major, claims: .minor, reason: "SECRET reason"),
            .roleAssigned(
                .communicator, Person("@Bob"), previous: Person("eve"), contact: "tel:SECRET"),
            .roleAssigned(.technicalLead, Person("é \"quoted\" \\ 🥁"), previous: nil, contact: nil),
            .roleReleased(.rollbackBackup, previous: Person("eve")),
            .updatePublished(update), .updatePublished(lateUpdate),
            .nagSent(
                NagSent(
                    about: .update, dueAt: noon, number: 3,
                    to: [
                        .init(role: "communicator", person: Person("@Bob")),
                        .init(role: "declarer", person: Person("eve")),
                    ], breached: true)),
            .nagSent(NagSent(about: .update, dueAt: noon, number: 1, to: [], breached: false)),
            .resolved(from: .mitigating, override: true, reason: "SECRET reason"),
            .resolved(from: .monitoring, override: false, reason: nil),
            .cancelled(from: .investigating, .falseAlarm),
            .cancelled(from: .mitigating, .duplicate(of: 7)),
            .reopened(
                Reopened(from: .resolved, episode: 2, beat: beat, clock: clock, reason: "SECRET reason")),
            .reopened(Reopened(from: .cancelled, episode: 12, beat: shortBeat, clock: nil, reason: nil)),
        ] + beats + posted

    /// What moves the beat.
    static let beats: [Event] = [
        .nagSent(
            NagSent(
                about: .decision, dueAt: noon, number: 12,
                to: [.init(role: "commander", person: Person("alice"))], breached: false)),
        .nagSent(NagSent(about: .noProgress, dueAt: noon, number: 1, to: [], breached: false)),
        .nagSnoozed(until: noon + .seconds(600), minutes: 10, number: 2, reason: "SECRET reason"),
        .nagSnoozed(until: noon + .seconds(60), minutes: 1, number: nil, reason: "SECRET reason"),
        .cadenceChanged(
            CadenceChanged(from: .seconds(1_800), to: .seconds(900), beat: beat, reason: "SECRET reason")),
        .cadenceChanged(
            CadenceChanged(from: .seconds(900), to: .seconds(3_600), beat: nil, reason: "SECRET reason")),
        .cadenceChanged(CadenceChanged(from: .seconds(900), to: .seconds(60), beat: nil, reason: nil)),
        .escalated(to: Person("the CTO"), decisionDueAt: noon + .seconds(3_600), reason: "SECRET reason"),
    ]

    /// What people write; the fold needs none of its data.
    static let posted: [Event] = [
        Posted.Kind.note, .finding(confirmed: true), .finding(confirmed: false), .hypothesis(.ruledOut),
        .hypothesis(.open), .hypothesis(.confirmed), .change(complete: true), .change(complete: false),
        .decision, .todo,
    ].map { .posted(Posted(kind: $0, claimedAt: nil, data: Array(#"{"graph":"SECRET"}"#.utf8))) }

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
            id: Incident.ID(""), number: 42, severity: .major, details: details, beat: beat,
            episode: clock)
    }()

    static let bare = Declared(
        id: Incident.ID(""), number: 1, severity: .minor, details: Declared.Details(title: "SECRET"),
        beat: shortBeat, episode: nil)

    static let everything: Edit = {
        var edit = Edit()
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

    static let nothing: Edit = {
        var edit = Edit()
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

    static func proposal(_ event: Event, source: Source? = nil) -> Proposal {
        Proposal(
            event: event, text: "SECRET text of \(event.kind)", occurredAt: noon - .seconds(5),
            visibility: .public, source: source)
    }

    /// An event as the journal stores it, sealed after `previous`.
    static func entry(
        _ event: Event, position: Int = 11, seq: Int = 4, source: Source? = nil,
        after previous: [UInt8] = Chain.start
    ) -> StoredEntry {
        let halves = Halves(proposal(event, source: source))
        let salt = [UInt8](1...16)
        var entry = StoredEntry(
            position: position, incident: 42, seq: seq, id: "01HZX4\(position)", kind: event.kind,
            author: "@Bob", postedBy: "slackbot", occurredAt: noon - .seconds(5), recordedAt: noon,
            visibility: .public, facts: halves.facts, words: halves.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: halves.words), hash: [], onceKey: nil)
        entry.hash = Chain.hash(of: entry, in: id, after: previous)
        return entry
    }

    static let id = Incident.ID("01KF0Q2XG00000000000000000")
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
