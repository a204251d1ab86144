import Model
import Time

/// The interval between updates was changed.
public struct CadenceChanged: EntryPayload, Equatable {
    public static let kind: EntryKind = "cadence_changed"
    public static let event = EventType.entryAdded

    public var from: Duration
    /// Holds from now on if it is shorter than the open deadline's interval, else from the next update on.
    public var to: Duration
    /// The moved deadline; `nil` when it stays.
    public var beat: Beat?
    public var reason: String?

    public init(from: Duration, to: Duration, beat: Beat?, reason: String?) {
        self.from = from
        self.to = to
        self.beat = beat
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        if let beat { incident.cadence.shift(to: beat, at: place.recordedAt) }
        incident.cadence.interval = to
        return true
    }
}

extension CadenceChanged {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("previous_interval_seconds")
        to = try fields.facts.read("interval_seconds")
        beat = fields.facts.has("due_at") ? try Beat(from: fields.facts) : nil
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("previous_interval_seconds", from)
        if let beat {
            beat.write(to: &fields.facts)
        } else {
            fields.facts.write("interval_seconds", to)
        }
        fields.words.write("reason", reason)
    }
}

/// Makes the cadence quicker or slower.
public struct ChangeInterval: RequestedAction {
    public static let name = "changeCadence"

    /// A commander may slow the cadence to this multiple of the configured interval.
    static let slowestFactor = 4
    /// From this long after the start of an episode, `longest(of:)` is allowed as well.
    static let longAfter: Duration = .seconds(4 * 3_600)
    /// The longest interval that may be requested, in seconds: four times the longest that can be configured.
    static let secondsMax: Int64 = 4 * 7 * 86_400

    public var to: Duration
    public var reason: String?

    public init(to: Duration, reason: String?) {
        self.to = to
        self.reason = reason
    }

    public init(from body: BodyReader) {
        let seconds = body.requiredInteger("interval_seconds", in: 1...ChangeInterval.secondsMax)
        self.init(to: .seconds(seconds), reason: body.optionalText("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a change of the cadence")
        let cadence = incident.cadence
        if to == cadence.interval { return Decision() }
        let isSlower = to > cadence.interval
        if isSlower { try checkSlower(on: incident, given) }
        let quickest = min(.seconds(60), given.policy.intervals(of: incident.severity).interval)
        guard to >= quickest else {
            throw .invalid("#/interval_seconds", "The minimum is \(quickest.wholeSeconds).")
        }
        // Undoing part of a slower interval that is not in effect yet does not make it quicker than the open deadline's.
        let holdsNow = to < cadence.beat.interval
        let changed = CadenceChanged(
            from: cadence.interval, to: to, beat: holdsNow ? quicker(on: incident, given) : nil,
            reason: reason)
        let text =
            "\(given.author.person.name) set a \(isSlower ? "longer" : "shorter") update interval: "
            + DurationText.format(to) + (holdsNow ? "" : ", from the next update on")
        return Decision([given.entry(changed, text + because(reason))])
    }

    /// In effect at once; moves the deadline nearer or not at all.
    private func quicker(on incident: Incident, _ given: Circumstances<Incident>) -> Beat {
        let cadence = incident.cadence
        let due = min(cadence.beat.dueAt, cadence.lastUpdateAt.map { $0 + to } ?? cadence.beat.dueAt)
        return Beat(due: due, interval: to, under: given.policy, setAt: given.now)
    }

    /// Checks the permission first, then the value.
    private func checkSlower(on incident: Incident, _ given: Circumstances<Incident>) throws(Refusal) {
        try incident.requireCommander("a longer interval", given.author)
        guard reason.map({ !saysNothing($0) }) ?? false else {
            throw .invalid("#/reason", "A longer interval requires a reason.")
        }
        guard given.now >= incident.slowsFrom else {
            throw .invalid(
                "#/interval_seconds",
                "A longer interval is allowed from \(incident.slowsFrom.minute(on: nil)) UTC on. "
                    + "Until then the interval can only be shortened."
            )
        }
        let factor = given.policy.intervals(of: incident.severity).interval * ChangeInterval.slowestFactor
        let longest = ChangeInterval.longest(of: incident.severity)
        let longFrom = incident.episodeStartedAt + ChangeInterval.longAfter
        let isLong = given.now >= longFrom
        let slowest = isLong ? max(factor, longest) : factor
        guard to <= slowest else {
            let later =
                longest > factor && !isLong
                ? "; from \(longFrom.minute(on: nil)) UTC on it is \(longest.wholeSeconds)" : ""
            throw .invalid("#/interval_seconds", "The maximum is \(slowest.wholeSeconds)\(later).")
        }
    }

    /// The slowest interval of a long incident, if that is more than the usual limit.
    private static func longest(of severity: Severity) -> Duration {
        switch severity {
        case .critical: .seconds(3_600)
        case .major: .seconds(4 * 3_600)
        case .minor: .seconds(24 * 3_600)
        }
    }
}
