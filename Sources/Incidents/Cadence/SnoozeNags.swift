import Model
import Time

/// Nags for a status update were held back, or with 0 minutes are so no more (domain.md, section 6).
public struct NagSnoozed: EntryPayload, Equatable {
    public static let kind: EntryKind = "nag_snoozed"
    public static let event = EventType.entryAdded

    public var until: Timestamp
    public var minutes: Int
    /// The first nag held back; `nil` when a snooze ended, or none was left.
    public var number: Int?
    /// `nil` when a snooze ended.
    public var reason: String?

    public init(until: Timestamp, minutes: Int, number: Int?, reason: String?) {
        self.until = until
        self.minutes = minutes
        self.number = number
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        minutes == 0
            ? incident.cadence.endSnooze(at: until) : incident.cadence.snooze(number, until: until)
    }
}

extension NagSnoozed {
    public init(from fields: FieldReader) throws(FieldError) {
        minutes = try fields.facts.read("minutes")
        until = try fields.facts.read("snoozed_until")
        number = fields.facts.has("number") ? try fields.facts.nagNumber() : nil
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("minutes", minutes)
        fields.facts.write("snoozed_until", until)
        fields.facts.write("number", number)
        fields.words.write("reason", reason)
    }
}

/// Holds nags for a status update back, for whole minutes.
public struct SnoozeNags: RequestedAction {
    public static let name = "snooze"
    /// Upper bound, whatever the interval.
    static let minutesMax = 60

    public var minutes: Int
    public var reason: String

    public init(minutes: Int, reason: String) {
        self.minutes = minutes
        self.reason = reason
    }

    public init(from body: BodyReader) {
        // The rule checks the incident's own interval, which may be shorter.
        let minutes = body.requiredInteger("minutes", in: 1...Int64(SnoozeNags.minutesMax))
        self.init(minutes: minutes, reason: body.text("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a snooze")
        let cadence = incident.cadence
        let longest = min(Int(cadence.beat.interval.wholeSeconds) / 60, SnoozeNags.minutesMax)
        guard minutes >= 1, minutes <= longest else {
            let interval = DurationText.format(cadence.beat.interval)
            throw .invalid(
                "#/minutes",
                longest < 1
                    ? "A snooze takes at least one minute and at most the interval, which is \(interval). Publish an update instead."
                    : "A snooze takes \(longest == 1 ? "one minute" : "1 to \(longest) whole minutes"): at most an hour, and at most the "
                        + "interval, which is \(interval)."
            )
        }
        guard cadence.snoozes < Cadence.snoozesMax else {
            throw limit(cadence.snoozedUntil.flatMap { $0 > given.now ? $0 : nil })
        }
        let until = given.now + .seconds(60 * minutes)
        let next = cadence.nextNag(at: given.now)
        guard next <= Beat.nagsMax, cadence.moment(ofNag: next) < until else {
            throw nothingToSnooze(incident.nextNagAt(about: .update), until)
        }
        let snoozed = NagSnoozed(until: until, minutes: minutes, number: next, reason: reason)
        let text = "\(given.author.person.name) snoozed the nags for \(minutes) min"
        return Decision([given.entry(snoozed, text + because(reason))])
    }

    private func nothingToSnooze(_ next: Timestamp?, _ until: Timestamp) -> Refusal {
        let when =
            next.map { "the next one is sent at \($0.minute(on: nil)) UTC" }
            ?? "none is left for this deadline"
        return Refusal(
            .nothingToSnooze,
            "A snooze until \(until.minute(on: nil)) UTC would hold back no nag for a status update: \(when). Nothing was counted. "
                + (next == nil
                    ? "Publish an update, which sets a new deadline."
                    : "Take more minutes, or snooze again when that nag is near."),
            current: .moment("next_nag_at", next),
            links: [
                .init(
                    PublishUpdate.self, detail: "publishes that nothing is new",
                    body: ["template": "nothing_new"])
            ])
    }

    private func limit(_ until: Timestamp?) -> Refusal {
        let held = until.map { ", until \($0.minute(on: nil)) UTC" } ?? ""
        return Refusal(
            .snoozeLimit,
            "Nags were already snoozed twice since the last update\(held). Publish an update; "
                + "\"still investigating\" is enough. It sets a new deadline.",
            links: [
                .init(
                    PublishUpdate.self, detail: "publishes that nothing is new",
                    body: ["template": "nothing_new"])
            ])
    }
}

extension Incident {
    /// The fewest minutes, a multiple of five, for which a snooze at a moment holds the next nag for an update back; `nil` for none.
    public func shortestSnooze(at moment: Timestamp) -> Int? {
        let longest = min(Int(cadence.beat.interval.wholeSeconds) / 60, SnoozeNags.minutesMax)
        guard isOpen, cadence.snoozes < Cadence.snoozesMax, cadence.nextNag(at: moment) <= Beat.nagsMax else {
            return nil
        }
        let next = cadence.moment(ofNag: cadence.nextNag(at: moment))
        return stride(from: 5, through: longest, by: 5).first { next < moment + .seconds(60 * $0) }
    }
}

/// Ends the snooze that runs, if any.
public struct EndSnooze: RequestedAction {
    public static let name = "endSnooze"

    public init() {}
    public init(from body: BodyReader) {}

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("the end of a snooze")
        guard let until = incident.cadence.snoozedUntil, until > given.now else { return Decision() }
        let ended = NagSnoozed(until: given.now, minutes: 0, number: nil, reason: nil)
        return Decision([given.entry(ended, "\(given.author.person.name) ended the snooze of the nags")])
    }
}

extension ProblemType {
    public static let nothingToSnooze = ProblemType(
        "nothing-to-snooze", 409, "The snooze would hold back no nag",
        means:
            "No nag for a status update is due within those minutes, so the snooze would do nothing. It was not counted.",
        remedy: "Take more minutes, or snooze when the nag is near: current has next_nag_at.")

    public static let snoozeLimit = ProblemType(
        "snooze-limit", 409, "Snoozed twice already",
        means:
            "Nags can be snoozed at most twice between two status updates. Publish an update: \"still "
            + "investigating, next update in 15 minutes\" is enough.",
        remedy:
            "Publish a status update. {\"template\": \"nothing_new\"} publishes one that says that nothing is new."
    )
}
