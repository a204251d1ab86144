import Model
import Time

/// The readers of an update.
public enum Audience: String, CaseIterable, Sendable {
    /// Users.
    case `public`
    /// The team and its organisation.
    case `internal`
}

/// A status update was published, with its place in the cadence (domain.md, section 6).
public struct UpdatePublished: EntryPayload, Equatable {
    public static let kind: EntryKind = "update_published"
    public static let event = EventType("update.published", .status, "A status update was published")

    public var audience: Audience
    /// The last interval mark since the episode began: `T+15`.
    public var slot: String
    /// Whether it counts as the last update. One older than that, or from before the episode, does not.
    public var counts: Bool
    /// The deadline it met or missed; `nil` when none was open.
    public var dueAt: Timestamp?
    /// Lateness in whole seconds; `nil` when no deadline was open.
    public var lateBySeconds: Int?
    /// The next deadline; `nil` when it does not move the deadline.
    public var beat: Beat?
    /// The promised time of the next update.
    public var promisedAt: Timestamp?
    /// The seq on which its draft was based.
    public var basisSeq: Int?
    /// The seq of the entry that supports a promised time of resolution.
    public var etaBasis: Int?
    /// The template of its draft.
    public var template: String?
    /// Whether the author overrode a refusal.
    public var forced: Bool
    /// The time claimed by the sender, if it was ahead of the service's clock.
    public var claimedAt: Timestamp?

    public init(
        audience: Audience, slot: String, counts: Bool, dueAt: Timestamp?, lateBySeconds: Int?, beat: Beat?,
        promisedAt: Timestamp?, basisSeq: Int?, etaBasis: Int?, template: String?, forced: Bool,
        claimedAt: Timestamp? = nil
    ) {
        self.audience = audience
        self.slot = slot
        self.counts = counts
        self.dueAt = dueAt
        self.lateBySeconds = lateBySeconds
        self.beat = beat
        self.promisedAt = promisedAt
        self.basisSeq = basisSeq
        self.etaBasis = etaBasis
        self.template = template
        self.forced = forced
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        if place.occurredAt >= incident.episodeStartedAt { incident.cadence.updatesInEpisode += 1 }
        if audience == .public {
            incident.cadence.lastPublicUpdateSeq = place.seq
            incident.closing = nil
        }
        guard counts else { return false }
        // After the final update another one with the same time appears on the timeline only.
        let isVisible = incident.cadence.hasOpenDeadline || incident.cadence.lastUpdateAt != place.occurredAt
        incident.cadence.lastUpdateSeq = place.seq
        incident.cadence.meet(at: place.occurredAt, lateBySeconds: lateBySeconds, next: beat)
        return isVisible
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        (counts ? UpdateNag.queued : []) + (audience == .public ? ClosingNag.queued : [])
    }
}

extension UpdatePublished {
    public init(from fields: FieldReader) throws(FieldError) {
        let facts = fields.facts
        audience = try facts.read("audience")
        slot = try facts.read("slot")
        counts = try facts.read("counts")
        dueAt = try facts.read("met_due_at")
        lateBySeconds = try facts.read("late_by_seconds")
        beat = facts.has("due_at") ? try Beat(from: facts) : nil
        promisedAt = try facts.read("promised_at")
        basisSeq = try facts.read("basis_seq")
        etaBasis = try facts.read("eta_basis")
        template = try facts.read("template")
        forced = try facts.read("forced")
        claimedAt = try facts.read("claimed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("audience", audience)
        fields.facts.write("slot", slot)
        fields.facts.write("counts", counts)
        fields.facts.writeOrNull("met_due_at", dueAt)
        fields.facts.writeOrNull("late_by_seconds", lateBySeconds)
        beat?.write(to: &fields.facts)
        fields.facts.write("promised_at", promisedAt)
        fields.facts.write("basis_seq", basisSeq)
        fields.facts.write("eta_basis", etaBasis)
        fields.facts.write("template", template)
        fields.facts.write("forced", forced)
        fields.facts.write("claimed_at", claimedAt)
    }
}

/// Publishes a status update.
public struct PublishUpdate: RequestedAction {
    public static let name = "publishUpdate"
    public static let priority = WritePriority.critical

    /// How much later than the interval a promise may be: people round.
    static let promiseSlack: Duration = .seconds(60)

    public var audience: Audience
    public var text: String
    /// When it was published; `nil` for now.
    public var occurredAt: Timestamp?
    /// The promised time of the next update.
    public var nextUpdateAt: Timestamp?
    /// A status change made together with the update.
    public var status: ChangeStatus?
    /// The seq on which its draft was based.
    public var basisSeq: Int?
    /// The seq of the entry that supports a promised time of resolution.
    public var etaBasis: Int?
    /// The template of its draft.
    public var template: String?
    /// Whether to publish although the draft is stale or unfilled.
    public var force: Bool

    public init(
        audience: Audience, text: String, occurredAt: Timestamp? = nil, nextUpdateAt: Timestamp? = nil,
        status: ChangeStatus? = nil, basisSeq: Int? = nil, etaBasis: Int? = nil, template: String? = nil,
        force: Bool = false
    ) {
        self.audience = audience
        self.text = text
        self.occurredAt = occurredAt
        self.nextUpdateAt = nextUpdateAt
        self.status = status
        self.basisSeq = basisSeq
        self.etaBasis = etaBasis
        self.template = template
        self.force = force
    }

    /// Reads the text, or a template that the caller fills in.
    public init(from body: BodyReader) {
        let template = body.optionalText("template", .name)
        let audience = body.choice("audience", of: Audience.self)
        self.init(
            audience: audience ?? (template == "internal" ? .internal : .public),
            text: body.text("text", .text, unless: "template", isGiven: template != nil))
        self.template = template
        occurredAt = body.moment("occurred_at")
        nextUpdateAt = body.moment("next_update_at")
        if let status = body.choice("status", of: Incident.Status.self) {
            self.status = body.together(with: "status") {
                ChangeStatus(
                    to: status, reason: body.optionalText("reason", .reason),
                    override: body.bool("override"))
            }
        }
        basisSeq = body.integer("basis_seq", in: 1...Int64(Int32.max))
        etaBasis = body.integer("eta_basis", in: 1...Int64(Int32.max))
        force = body.bool("force")
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let forced = try checkDraft(on: incident)
        guard let status, status.to != incident.status else {
            return try publish(on: incident, given, forced)
        }
        guard !status.isDuplicate else {
            throw .invalid(
                "#/reason",
                "An update cannot name the original incident. Publish the update, then cancel this incident with PUT …/status.",
                links: [ChangeStatus.cancelling(as: "INC-…")])
        }
        // The update is decided as if the status had changed before; both are stored in one transaction.
        let moved = try status.decide(on: incident, given)
        var after = incident
        for entry in moved.entries where entry.number == nil {
            let place = Place(
                seq: after.seq + 1, author: given.author.person, occurredAt: entry.occurredAt,
                recordedAt: given.now, visibility: entry.visibility)
            after.apply(entry.payload, of: type(of: entry.payload), at: place)
        }
        let published = try publish(on: after, given, forced)
        return Decision(moved.entries + published.entries, warnings: moved.warnings + published.warnings)
    }

    private func publish(
        on incident: Incident, _ given: Circumstances<Incident>, _ forced: Bool
    ) throws(Refusal) -> Decision<Incident> {
        var warnings: [Warning] = []
        let moment = try settle(occurredAt, "#/occurred_at", at: given.now, &warnings) ?? given.now
        let cadence = incident.cadence
        let interval = cadence.interval
        try checkPromise(after: moment, interval)

        // An update older than the last one, or from before the episode, does not move the deadline (section 6).
        let counts = moment >= (cadence.lastUpdateAt ?? moment) && moment >= incident.episodeStartedAt
        if !counts { warnings.append(.movesNoDeadline) }
        let meets = counts && cadence.hasOpenDeadline
        let next = min(moment + interval, nextUpdateAt ?? moment + interval)
        let published = UpdatePublished(
            audience: audience, slot: incident.slot(at: moment), counts: counts,
            dueAt: meets ? cadence.beat.dueAt : nil,
            lateBySeconds: meets ? max(0, Int((moment - cadence.beat.dueAt).wholeSeconds)) : nil,
            beat: counts && incident.isOpen
                ? Beat(due: next, interval: interval, under: given.policy, setAt: given.now) : nil,
            promisedAt: nextUpdateAt, basisSeq: basisSeq, etaBasis: etaBasis, template: template,
            forced: forced,
            claimedAt: warnings.contains(.clockSkew) ? occurredAt : nil)
        let entry = NewEntry<Incident>(
            published, text, at: moment, visibility: audience == .public ? .public : .internal)
        return Decision([entry], warnings: warnings)
    }

    /// Refuses a stale or unfilled draft. Returns whether the author overrode such a refusal.
    private func checkDraft(on incident: Incident) throws(Refusal) -> Bool {
        var newer: [Int] = []
        if let basisSeq {
            guard basisSeq >= 1, basisSeq <= incident.seq else {
                throw .invalid(
                    "#/basis_seq", "It must be a seq from 1 to \(incident.seq), as in basis_seq of the draft."
                )
            }
            newer = incident.draftBreakers.filter { $0 > basisSeq }
            newer += incident.evidenceChanges(after: basisSeq, for: audience)
            newer.sort()
            guard force || newer.isEmpty else { throw stale(basisSeq, newer) }
        }
        if let etaBasis {
            guard etaBasis >= 1, etaBasis <= incident.seq else {
                throw .invalid(
                    "#/eta_basis", "It must be the seq of an entry, from 1 to \(incident.seq).")
            }
        }
        let isUnfilled = Draft.holdsPlaceholder(text)
        guard force || !isUnfilled else {
            throw Refusal(
                .unfilledDraft,
                "The text still contains [FILL: …]. Fill it in, remove the line, or publish with \"force\": true."
            )
        }
        return isUnfilled || !newer.isEmpty
    }

    /// How many of the entries that made a draft stale a refusal lists: the latest.
    private static let newsMax = 20

    private func stale(_ basis: Int, _ newer: [Int]) -> Refusal {
        Refusal(
            .staleDraft,
            "The status, the severity or the confirmed entries changed after seq \(basis), the basis of this draft; "
                + "current lists the changes. Fetch a new draft, or publish with \"force\": true.",
            current: .seqs(newer.suffix(PublishUpdate.newsMax)),
            links: [
                .init("readDraft", query: "?audience=\(audience.rawValue)", detail: "a new draft"),
                .init("readTimeline", query: "?after=\(basis)", detail: "the entries since then"),
            ])
    }

    private func checkPromise(after moment: Timestamp, _ interval: Duration) throws(Refusal) {
        guard let nextUpdateAt else { return }
        guard nextUpdateAt > moment else {
            throw .invalid("#/next_update_at", "The next update must be later than this one.")
        }
        let limit = moment + interval + PublishUpdate.promiseSlack
        guard nextUpdateAt <= limit else {
            throw Refusal(
                .promiseExceedsCadence,
                "With an interval of \(DurationText.format(interval)), the latest time to promise is \(limit.rfc3339).",
                flaws: [.init("#/next_update_at", "at most \(limit.rfc3339)")],
                links: [
                    .init(
                        ChangeInterval.self,
                        detail:
                            "{\"interval_seconds\": \((nextUpdateAt - moment).wholeSeconds), \"reason\": \"…\"} sets a longer interval"
                    )
                ])
        }
    }
}

extension ProblemType {
    public static let staleDraft = ProblemType(
        "stale-draft", 409, "The draft is stale",
        means:
            "The status, the severity or a quoted entry (a finding or change confirmed, corrected, withdrawn or made public) "
            + "changed after the draft was made. Fetch a new draft, or publish with force.",
        remedy:
            "Read the entries in current, then GET …/status-updates/draft again and publish with its basis_seq."
    )

    public static let unfilledDraft = ProblemType(
        "unfilled-draft", 422, "The text still contains [FILL: …]",
        means:
            "The text contains [FILL: …]. Fill it in or remove the line; force publishes the text unchanged.",
        remedy: "PATCH the incident with the missing values, then fetch a new draft.")

    public static let promiseExceedsCadence = ProblemType(
        "promise-exceeds-cadence", 422, "The promise exceeds the cadence",
        means: "The promised time must be at most one interval and 60 s after this update.",
        remedy: "Promise an earlier time, or omit next_update_at. PATCH …/cadence sets a longer interval."
    )
}

extension Warning {
    public static let movesNoDeadline = Warning(
        "moves_no_deadline",
        "This update is older than the last one or than the episode, so it moves no deadline.")
}
