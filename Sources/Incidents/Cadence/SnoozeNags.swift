import Model
import Time

/// Nags for a status update were held back (domain.md, section 6).
public struct NagSnoozed: EntryPayload, Equatable {
    public static let kind: EntryKind = "nag_snoozed"
    public static let event = EventType.entryAdded

    public var until: Timestamp
    public var minutes: Int
    /// The first nag held back; `nil` when none was left.
    public var number: Int?
    public var reason: String

    public init(until: Timestamp, minutes: Int, number: Int?, reason: String) {
        self.until = until
        self.minutes = minutes
        self.number = number
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.cadence.snooze(number, until: until)
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

    public var minutes: Int
    public var reason: String

    public init(minutes: Int, reason: String) {
        self.minutes = minutes
        self.reason = reason
    }

    public init(from body: BodyReader) {
        // Upper bound for any incident; the rule checks the incident's own interval, which is never longer.
        let minutes = body.requiredInteger("minutes", in: 1...ChangeInterval.secondsMax / 60)
        self.init(minutes: minutes, reason: body.text("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a snooze")
        let cadence = incident.cadence
        let longest = Int(cadence.beat.interval.wholeSeconds / 60)
        guard minutes >= 1, minutes <= longest else {
            let interval = DurationText.format(cadence.beat.interval)
            throw .invalid(
                "#/minutes",
                longest < 1
                    ? "A snooze takes at least one minute and at most the interval, which is \(interval). Publish an update instead."
                    : "A snooze takes 1 to \(longest) whole minutes: at most the interval, which is \(interval)."
            )
        }
        guard cadence.snoozes.count < Cadence.snoozesMax else {
            throw limit(cadence.snoozedUntil.flatMap { $0 > given.now ? $0 : nil })
        }
        let next = cadence.nextNag(at: given.now)
        let snoozed = NagSnoozed(
            until: given.now + .seconds(60 * minutes), minutes: minutes,
            number: next <= cadence.beat.nagMax ? next : nil, reason: reason)
        let text = "\(given.author.person.name) snoozed the nags for \(minutes) min"
        return Decision([given.entry(snoozed, text + because(reason))])
    }

    private func limit(_ until: Timestamp?) -> Refusal {
        let held = until.map { ", until \($0.rfc3339)" } ?? ""
        return Refusal(
            .snoozeLimit,
            "Nags were already snoozed twice since the last update\(held). Publish an update; "
                + "\"still investigating\" is enough. It sets a new deadline.",
            links: [.init(PublishUpdate.self, detail: "{\"template\": \"nothing_new\"} publishes one")])
    }
}

extension ProblemType {
    public static let snoozeLimit = ProblemType(
        "snooze-limit", 409, "Snoozed twice already",
        means:
            "Nags can be snoozed at most twice between two status updates. Publish an update: \"still "
            + "investigating, next update in 15 minutes\" is enough.",
        remedy:
            "Publish a status update. {\"template\": \"nothing_new\"} publishes one that says that nothing is new."
    )
}
