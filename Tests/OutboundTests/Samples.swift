import Incidents
import Journal
import Model
import Time

@testable import Views

/// One notification of each sort, as the service makes them: 2026-01-15, 10:17 UTC.
enum Sample: String, CaseIterable {
    case overdue1 = "update-overdue-1"
    case overdue3 = "update-overdue-3"
    case escalated = "update-overdue-escalated"
    case dueSoon = "update-due-soon"
    case closing = "closing-due"
    case decision = "decision-due"
    case approval = "approval-due"
    case handover = "handover-due"
    case noProgress = "progress-stalled"
    case stale = "incident-stale"
    case published = "update-published"
    case note = "note"
    case test = "test"

    /// What the message is, for the page.
    var title: String {
        switch self {
        case .overdue1: "A status update is overdue, first nag"
        case .overdue3: "A status update is overdue, third nag"
        case .escalated: "A status update is overdue, and someone is called in who has not followed"
        case .dueSoon: "A status update will be due soon"
        case .closing: "The closing update is due"
        case .decision: "A decision is due"
        case .approval: "A rollback waits for a yes"
        case .handover: "A role was held for a whole shift"
        case .noProgress: "Nothing was recorded for a while"
        case .stale: "An incident seems forgotten"
        case .published: "A status update was published"
        case .note: "An entry was added to the timeline"
        case .test: "A test of the webhook"
        }
    }

    static let bob = Notification.Asked(person: "bob", role: "communicator", handles: ["slack": "U7BOB"])
    static let carol = Notification.Asked(person: "carol", role: "commander", handles: [:])
    static let draft = """
        Many people cannot sign in. We have restarted the database and are watching the error rate.

        The next update is due at 10:32 UTC.

        """

    var notification: Notification {
        switch self {
        case .overdue1:
            nag(.updateOverdue, late: 7, to: [Sample.bob], draft: Sample.draft, buttons: Sample.buttons)
        case .overdue3:
            nag(
                .updateOverdue, late: 17, number: 3, to: [Sample.bob, Sample.carol], draft: Sample.draft,
                buttons: Sample.buttons)
        case .escalated:
            nag(
                .escalated, late: -60, number: 0,
                to: [.init(person: "dana", role: "escalated", handles: [:])],
                draft: Sample.draft,
                brief: """
                    INC-42 critical, mitigating: People cannot sign in
                    Declared 09:45 UTC by alice. Commander carol, communicator bob.
                    Impact: many people cannot sign in.
                    10:06 alice change: restarted the WAL sender
                    """)
        case .dueSoon:
            nag(
                .updateDueSoon, late: -2, number: 0, to: [Sample.bob], draft: Sample.draft,
                buttons: Sample.buttons)
        case .closing:
            nag(
                ClosingNag.event, late: 5, to: [Sample.bob],
                draft: "People can sign in again. The problem lasted from 09:40 to 10:12 UTC.\n",
                about: .closing, of: .ended)
        case .decision: nag(DecisionNag.event, late: 2, to: [Sample.carol], about: .decision)
        case .approval:
            nag(
                ApprovalNag.event, late: 5, number: 2,
                to: [
                    .init(person: "dana", role: "rollback_approver", handles: [:]),
                    .init(person: "bob", role: "rollback_backup", handles: ["slack": "U7BOB"]),
                ], about: .approval, of: .waiting)
        case .handover:
            nag(
                HandoverNag.event, late: 0, to: [Sample.carol],
                brief: """
                    INC-42 People cannot sign in
                    Status: mitigating, critical, since 09:45 UTC by alice
                    Impact: many people cannot sign in
                    """, about: .handover)
        case .noProgress: nag(NoProgressNag.event, late: 0, to: [Sample.carol], about: .noProgress)
        case .stale: nag(StaleNag.event, late: 0, to: [Sample.carol], about: .stale)
        case .published:
            news(
                UpdatePublished.event, text: "Many people cannot sign in. We have restarted the database.")
        case .note:
            news(.entryAdded, text: "The replica <db2> lags by 40 s & grows\nsee runbook 7")
        case .test: .testMessage(at: morning)
        }
    }

    private static let subject = Notification.Subject(
        ref: "INC-42", id: "inc_01KFA8Z0000000000000000042", severity: "critical",
        words: .init(
            title: "People cannot sign in", status: "mitigating", lastUpdateAt: morning - .seconds(1_320)))

    private static let link = "https://drumbeat.example/v1/incidents/INC-42"

    private static let buttons: [Notification.Button] = ["nothing_new", "snooze-10"].map { act in
        let code = "whk_01KFA8Z0000000000000000007.42.\(act).1768558620.00112233445566778899aabbccddeeff"
        return .init(
            label: act == "nothing_new" ? "Nothing new" : "Snooze 10 min",
            url: "https://drumbeat.example/v1/actions/" + code)
    }

    /// As `MessageBody` makes them; `late` is in minutes.
    private func nag(
        _ type: EventType, late: Int, number: Int = 1, to asked: [Notification.Asked],
        draft: String? = nil, brief: String? = nil, buttons: [Notification.Button] = [],
        about: NagSent.About = .update, of incident: SampleIncident = .open
    ) -> Notification {
        let text = NagAnswer(on: incident.state, at: morning).text(
            to: type, about: about, asked: asked.map { .init(role: $0.role, person: Person($0.person)) },
            dueAt: nil)
        let matter = Headline.matter(of: type, late: .seconds(60 * late))
        return Notification(
            type: type, subject: Sample.subject, matter: matter,
            headline: Headline.text(
                "INC-42 critical", matter, askedOf: asked.map { ($0.person, $0.role) }, text: nil),
            asked: asked, number: number, dueAt: morning - .seconds(60 * late),
            text: text, draft: draft,
            brief: brief, link: Sample.link, buttons: buttons, createdAt: morning)
    }

    private func news(_ type: EventType, text: String) -> Notification {
        let matter = Headline.matter(of: type, late: nil)
        return Notification(
            type: type, subject: Sample.subject, matter: matter,
            headline: Headline.text("INC-42 critical", matter, askedOf: [], text: text), asked: [],
            number: 0, dueAt: nil, text: text, draft: nil, brief: nil, link: Sample.link, buttons: [],
            createdAt: morning)
    }
}

/// INC-42 as the nags of the samples find it.
private enum SampleIncident {
    case open
    /// A rollback waits for a yes.
    case waiting
    case ended

    private var actions: [any Action<Incident>] {
        let roles: [any Action<Incident>] = [
            AssignRole(.commander, Person("carol")), AssignRole(.communicator, Person("bob")),
        ]
        return switch self {
        case .open: roles + [ChangeStatus(to: .mitigating)]
        case .waiting:
            roles + [StartMitigation(.rollback, .init(action: ""), rollback: Rollback(to: "2.13.4", .safe))]
        case .ended: roles + [ChangeStatus(to: .cancelled, reason: "false_alarm")]
        }
    }

    var state: Incident {
        let alice = Author(person: Person("alice"), postedBy: "alice")
        let given = Circumstances<Incident>(
            author: alice, now: morning - .seconds(1_920), policy: .standard)
        func place(_ seq: Int) -> Place {
            Place(
                seq: seq, id: "entry-\(seq)", author: alice.person, occurredAt: given.now,
                recordedAt: given.now, visibility: .internal)
        }
        do {
            let declare = Declare(.critical, Declared.Details(title: "People cannot sign in"))
            guard let first = try declare.decide(opening: 42, given).entries.first?.payload as? Declared
            else {
                fatalError("nothing was declared")
            }
            var incident = Incident(opening: first, id: Incident.ID("01KFA8"), at: place(1))
            for action in actions {
                for entry in try action.decide(on: incident, given).entries {
                    incident.apply(
                        entry.payload, of: type(of: entry.payload), at: place(incident.seq + 1))
                }
            }
            return incident
        } catch {
            fatalError("the incident of the samples was refused: \(error)")
        }
    }
}

/// What people write to mislead others, or to break out of where it is shown.
enum Hostile {
    static let words = """
        <!channel> <!here> <@U1> <#C1> <http://evil.example|log in> @everyone x@everyone (@here) @channel @all [a](http://evil.example)
        [a][b] ``` ``` `````` *bold* &lt; &amp; \u{202E}gnp.exe \u{200B}\u{FEFF}\u{AD}\u{3164}\u{E0041}\u{2800}\u{0}\u{1B}[31m\u{7F}\u{85}\u{2028}
        [b]: http://evil.example
        \r\nSubject: forged\rBcc: all@corp.example
        .
        QUIT
        """

    /// A notification in which whatever people write is `words`.
    static func notification(_ words: String = words) -> Notification {
        var notification = Sample.escalated.notification
        notification.headline = String(("INC-42 critical: late, " + words).prefix(120))
        notification.subject?.words?.title = words
        notification.asked = [.init(person: words, role: words, handles: ["slack": words])]
        notification.text = words
        notification.draft = words
        notification.brief = words
        return notification
    }

    /// Texts longer than any limit but mail's, with something that must not be cut at each place where it may be.
    static let long: [String] =
        ["a", "&", "<", "é", "👩‍👩‍👧", "🇩🇪", "e\u{301}", "\"", "\na", "`", "@", "]("].flatMap { piece in
            (0..<5).map { shift in
                String(repeating: "a", count: shift)
                    + String(repeating: piece, count: 12_000 / piece.unicodeScalars.count)
            }
        }

    /// Texts as long as they can be.
    static let huge =
        ["a", "é", "&", "\u{202E}", "👩‍👩‍👧", "\r\n"].map { piece in
            String(repeating: piece, count: 65_535 / piece.unicodeScalars.count) + "b"
        } + ["e" + String(repeating: "\u{301}", count: 65_535)]
}
