import Model
import Time

/// Helpers shared by the rules.
extension Circumstances {
    /// An entry that changes state: it happens when it is recorded.
    func entry(_ payload: any EntryPayload<State>, _ text: String) -> NewEntry<State> {
        NewEntry(payload, text, at: now)
    }
}

extension Circumstances {
    /// The warnings of an action that relies on nags to people, one for each cause.
    func silence(to people: [Person]) -> [Warning] {
        hearing.map { Warning.silence($0, to: people) } ?? []
    }
}

extension Warning {
    /// No enabled webhook subscribes to the nags.
    public static let nobodyHears = Warning(
        "nobody_hears", "Nobody hears the nags: no enabled webhook subscribes to update.overdue.",
        links: [
            Link(
                "createWebhook", "POST", "/v1/webhooks", detail: "registers one",
                body: ["url": "…", "events": .texts(["*"])])
        ])

    /// Each webhook that subscribes to the nags fails.
    public static let nobodyHearsNow = Warning(
        nobodyHears.code,
        "Nobody hears the nags: each webhook that subscribes to update.overdue failed three times in a row.",
        cause: Hearing.State.failing.rawValue,
        links: [
            Link(
                "testNags", "POST", "/v1/nags/test", detail: "sends a test to each of them", body: nil)
        ])

    /// Upper bound of the people for whom a link is made.
    private static let linkedMax = 5

    /// Some people have no webhook, and others hear the nags.
    public static func nobodyHears(naming people: [String]) -> Warning {
        let people = distinct(people)
        return Warning(
            nobodyHears.code,
            "No webhook reaches \(people.joined(separator: ", ")): none that subscribes to update.overdue is for them or for everyone.",
            about: people,
            links: people.prefix(linkedMax).map { person in
                Link(
                    "createWebhook", "POST", "/v1/webhooks", detail: "registers one for \(person)",
                    body: ["url": "…", "events": .texts(["*"]), "person": .text(person)])
            })
    }

    /// Each webhook of some people fails, and others hear the nags.
    public static func nobodyHearsNow(naming people: [String]) -> Warning {
        let people = distinct(people)
        return Warning(
            nobodyHears.code,
            "No webhook reaches \(people.joined(separator: ", ")) now: each that does failed three times in a row.",
            about: people, cause: Hearing.State.failing.rawValue,
            links: people.prefix(linkedMax).map { person in
                Link(
                    "testNags", "POST", "/v1/nags/test",
                    detail: "sends a test to each that reaches \(person)",
                    body: ["person": .text(person)])
            })
    }

    /// Which of these people, or whether anyone, the nags do not reach: a warning for each cause.
    public static func silence(_ hearing: Hearing, to people: [Person]) -> [Warning] {
        switch hearing.state {
        case .nobody: return [.nobodyHears]
        case .failing: return [.nobodyHearsNow]
        case .ok: break
        }
        func names(_ state: Hearing.State) -> [String] {
            people.filter { hearing.state(of: $0) == state }.map(\.name)
        }
        let (without, failing) = (names(.nobody), names(.failing))
        return (without.isEmpty ? [] : [.nobodyHears(naming: without)])
            + (failing.isEmpty ? [] : [.nobodyHearsNow(naming: failing)])
    }

    private static func distinct(_ people: [String]) -> [String] {
        var seen: Set<String> = []
        return people.filter { seen.insert($0).inserted }
    }
}

extension Warning.Link {
    static func editing(detail: String, body: SuggestedBody) -> Self {
        Self(EditIncident.name, "PATCH", "/v1/incidents/{ref}", detail: detail, body: body)
    }

    static func changingStatus(detail: String, body: SuggestedBody) -> Self {
        Self(ChangeStatus.name, "PUT", "/v1/incidents/{ref}/status", detail: detail, body: body)
    }
}

extension Incident {
    /// The warning of `Warning.stored`; `nil` for one that this version does not know.
    public static func warning(stored: String) -> Warning? {
        let parts = stored.split(separator: Warning.separator).map(String.init)
        switch (parts.first, parts.dropFirst()) {
        case (Warning.nobodyHears.stored, let people) where !people.isEmpty:
            return .nobodyHears(naming: Array(people))
        case (Warning.nobodyHearsNow.stored, let people) where !people.isEmpty:
            return .nobodyHearsNow(naming: Array(people))
        default: return warnings.first { $0.stored == stored }
        }
    }
}

extension ProblemType {
    public static let incidentEnded = ProblemType(
        "incident-ended", 409, "The incident has ended",
        means:
            "An ended incident does not allow this. Entries, updates, edits, "
            + "roles and disputes are still accepted.",
        remedy: "If the incident continues, reopen it with PUT …/status {\"status\": \"investigating\"}.")

    public static let commanderOnly = ProblemType(
        "commander-only", 409, "Only the commander may do this",
        means:
            "Only the commander may do this. Ask the commander, name the commander as author, or take the role first.",
        remedy: "PUT …/roles/commander assigns the role; current names its holder.")

    public static let clockSkew = ProblemType(
        "clock-skew", 422, "A time is ahead of the server's clock",
        means:
            "A time may be at most 10 minutes ahead. current has the server's time; check the sender's clock.",
        remedy: "Synchronize the sender's clock with NTP, or omit the time to use the server's.")
}

extension Incident {
    /// Refuses an action on an ended incident; `attempt` names the action: "a snooze".
    func requireOpen(_ attempt: String) throws(Refusal) {
        guard isOpen else { throw ended(attempt) }
    }

    /// The refusal of an action on an ended incident.
    func ended(_ attempt: String) -> Refusal {
        Refusal(
            .incidentEnded,
            "The incident is \(status.rawValue), which does not allow \(attempt). If it continues, reopen it first.",
            current: .text(status.rawValue), allowed: [Status.investigating.rawValue],
            links: [
                .init(
                    ChangeStatus.self, detail: "reopens the incident",
                    body: ["status": "investigating", "reason": "…"])
            ])
    }

    /// "By the commander": the holder, or anyone with the scope while the role is vacant (domain.md, section 4).
    func requireCommander(_ attempt: String, _ author: Author) throws(Refusal) {
        guard let commander = holder(of: .commander), commander != author.person else { return }
        throw Refusal(
            .commanderOnly,
            "Only the commander, \(commander.name), may decide on \(attempt). Ask the commander, name "
                + "the commander as author, or take the role first.",
            current: .text(commander.name),
            links: [
                .init(
                    AssignRole.self, Role.commander.rawValue, detail: "assigns the role",
                    body: ["person": "…"])
            ])
    }
}

/// Largest tolerated clock skew: times further ahead of the service's clock are refused.
let clockSkewMax: Duration = .seconds(600)

/// The claimed time; now, with a warning, when it is slightly ahead. Refuses a time that is further ahead (domain.md, section 5).
func settle(
    _ claimed: Timestamp?, _ pointer: String, at now: Timestamp, _ warnings: inout [Warning]
) throws(Refusal) -> Timestamp? {
    guard let claimed, claimed > now else { return claimed }
    guard !isTooFarAhead(claimed, of: now) else {
        throw .ahead([(claimed, pointer)], of: now, advice: "Check the sender's clock.")
    }
    if !warnings.contains(.clockSkew) { warnings.append(.clockSkew) }
    return now
}

func isTooFarAhead(_ claimed: Timestamp, of now: Timestamp) -> Bool { claimed > now + clockSkewMax }

extension Refusal {
    /// The refusal of times that are too far ahead; the detail names the first.
    static func ahead(
        _ claimed: [(at: Timestamp, pointer: String)], of now: Timestamp, advice: String
    ) -> Refusal {
        let first = claimed.first?.at ?? now
        return Refusal(
            .clockSkew,
            "\(first.rfc3339) is more than 10 minutes ahead of the server's time, \(now.rfc3339). \(advice)",
            current: .text(now.rfc3339),
            flaws: claimed.map { Flaw($0.pointer, "at most 10 minutes after \(now.rfc3339)") })
    }
}

/// The reason as the end of a sentence; empty without one.
func because(_ reason: String?) -> String {
    reason.map { ": \($0)" } ?? ""
}

/// Whether a text is absent, empty, or only ASCII whitespace.
func saysNothing(_ text: String?) -> Bool {
    guard let text else { return true }
    return text.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
}

/// Whether an incident was noticed before it began: a typing error in the hour or the zone of one of the two.
func isCrossed(_ startedAt: Timestamp?, _ detectedAt: Timestamp?) -> Bool {
    guard let startedAt, let detectedAt else { return false }
    return detectedAt < startedAt
}

extension Warning {
    public static let timesCrossed = Warning(
        "times_crossed",
        "The incident was noticed before it began: detected_at lies before started_at. Check the hour and the zone of both.",
        links: [.editing(detail: "corrects the wrong one", body: ["started_at": "…"])])
}

extension Dictionary where Key == String {
    /// Pairs ordered by the bytes of their keys, the order in the journal.
    var sortedByBytes: [(key: String, value: Value)] {
        sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
