import Lint
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
    /// What the linter found in the text.
    public var lint: [StoredFinding] = []
    /// Whether the author published it although that blocks updates.
    public var lintForced = false

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
        incident.lastUpdate = Incident.LastUpdate(
            seq: place.seq, audience: audience, author: place.author, occurredAt: place.occurredAt,
            recordedAt: place.recordedAt, promisedAt: promisedAt)
        if place.occurredAt >= incident.episodeStartedAt {
            incident.cadence.updatesInEpisode += 1
            if audience == .public { incident.publicUpdates.add(place) }
        }
        if audience == .public {
            incident.publicUpdates.wasTold = true
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

extension Incident.PublicUpdates {
    fileprivate mutating func add(_ place: Place) {
        count += 1
        guard place.occurredAt >= lastAt ?? place.occurredAt else { return }
        (lastAt, lastSeq) = (place.occurredAt, place.seq)
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
        try readLint(from: fields)
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
        writeLint(to: &fields)
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
    /// The same in minutes after this one, instead.
    public var nextUpdateInMinutes: Int?
    /// A status change made together with the update.
    public var status: ChangeStatus?
    /// The seq on which its draft was based.
    public var basisSeq: Int?
    /// The seq of the entry that supports a promised time of resolution.
    public var etaBasis: Int?
    /// The template of its draft.
    public var template: String?
    /// Whether the template was picked by the service.
    public var isAutomatic = false
    /// Whether to publish although the draft is stale or unfilled.
    public var force: Bool
    /// People whose names the linter looks for, besides the holders of roles.
    public var people = PersonNames.none
    /// Texts of the author for the template, instead of what is recorded.
    public var fill: [Placeholder: String] = [:]
    /// Why the template gives no text. The rule refuses, so that a repeated request is answered by its idempotency key first.
    public var refusal: Refusal?

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
            audience: audience ?? PublishUpdate.audience(ofTemplate: template),
            text: body.text("text", .text, unless: "template", isGiven: template != nil))
        self.template = template
        fill = body.together(with: "template") { PublishUpdate.fill(from: body) }
        if template == nil, !fill.isEmpty {
            body.refuse("fill", "It requires template, whose texts it fills in.")
        }
        occurredAt = body.moment("occurred_at")
        nextUpdateAt = body.moment("next_update_at")
        nextUpdateInMinutes = body.integer(
            "next_update_in_minutes", in: PublishUpdate.minutesRange,
            "Promises the next update by then, like `next_update_at`.")
        if nextUpdateAt != nil, nextUpdateInMinutes != nil {
            body.refuse(
                "next_update_in_minutes", "Send either next_update_in_minutes or next_update_at, not both.")
        }
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

    /// Range of `next_update_in_minutes`; the cadence sets the actual limit.
    public static let minutesRange: ClosedRange<Int64> = 1...10_080

    /// The audience of a template for which none is named.
    public static func audience(ofTemplate name: String?) -> Audience {
        name.map(Template.ofTeam.contains) ?? false ? .internal : .public
    }

    private static func fill(from body: BodyReader) -> [Placeholder: String] {
        body.object("fill") { texts in
            var fill: [Placeholder: String] = [:]
            for placeholder in Placeholder.texts {
                if let text = texts.optionalText(placeholder.rawValue, .nextAction) {
                    fill[placeholder] = text
                }
            }
            return fill
        } ?? [:]
    }

    /// What the filled texts change in the incident, so that the next draft has them; `nil` for nothing.
    private var recording: EditIncident? {
        var edit = Edited()
        if let impact = fill[.impact] { edit.impact = .set(impact) }
        if let workaround = fill[.workaround] { edit.workaround = .set(workaround) }
        let parts = fill[.nextAction].map {
            EditIncident.NextActionParts(
                text: .set($0), owner: fill[.nextActionOwner].map { .set($0) } ?? .keep)
        }
        return edit.isEmpty && parts == nil ? nil : EditIncident(edit, nextActionParts: parts)
    }

    /// The last update, if this one may be the same sent twice.
    public func about(on incident: Incident, at now: Timestamp) -> Int? {
        guard let last = incident.lastUpdate, last.audience == audience,
            now - last.recordedAt <= min(.seconds(60), incident.cadence.interval / 2),
            occurredAt ?? last.recordedAt == last.occurredAt,
            status?.to ?? incident.status == incident.status,
            promise(after: last.occurredAt) == last.promisedAt
        else { return nil }
        return last.seq
    }

    private func promise(after moment: Timestamp) -> Timestamp? {
        nextUpdateInMinutes.map { moment + .seconds(60 * $0) } ?? nextUpdateAt
    }

    /// Deduplication: the seq of the last update if someone tapped twice (domain.md, section 6).
    private func repeated(on incident: Incident, _ given: Circumstances<Incident>) -> Int? {
        guard let last = incident.lastUpdate, last.seq == about(on: incident, at: given.now),
            last.author == given.author.person, let target = given.target,
            target.entry.place.seq == last.seq, target.amendments.isEmpty,
            target.entry.text.utf8.elementsEqual(text.utf8) || isPickedAgain(on: incident, after: last.seq)
        else { return nil }
        return last.seq
    }

    /// Whether `auto` picked another template only because of the first tap: nothing else has happened since.
    private func isPickedAgain(on incident: Incident, after seq: Int) -> Bool {
        isAutomatic && incident.seq == seq
            && fill.allSatisfy { name, text in
                switch name {
                case .impact: text == incident.impact
                case .workaround: text == incident.workaround
                default: false
                }
            }
    }

    /// Says that the incident is over although it is open.
    private func isPremature(on incident: Incident) -> Bool {
        incident.isOpen && ["resolution", "withdrawn"].contains(template)
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        if let refusal { throw refusal }
        if let seq = repeated(on: incident, given) { return Decision(saidBy: seq) }
        let forced = try checkDraft(on: incident)
        // The update is decided as if the status and the texts had changed before; all are stored in one transaction.
        var steps = Steps(incident)
        if let status, status.to != incident.status {
            guard !status.isDuplicate else {
                throw .invalid(
                    "#/reason",
                    "An update cannot name the original incident. Publish the update, then cancel this incident.",
                    links: [ChangeStatus.cancelling(as: "…")])
            }
            steps.take(try status.decide(on: incident, given), given)
        }
        if let recording { steps.take(try recording.decide(on: steps.incident, given), given) }
        steps.take(try publish(on: steps.incident, given, forced), given)
        if isPremature(on: steps.incident) { steps.decision.warnings.append(.stillOpen) }
        return steps.decision
    }

    /// Decisions in sequence, each on the state after those before it.
    private struct Steps {
        private(set) var incident: Incident
        var decision = Decision<Incident>()

        init(_ incident: Incident) {
            self.incident = incident
        }

        mutating func take(_ next: Decision<Incident>, _ given: Circumstances<Incident>) {
            for entry in next.entries where entry.number == nil {
                let place = Place(
                    seq: incident.seq + 1, id: "", author: given.author.person, occurredAt: entry.occurredAt,
                    recordedAt: given.now, visibility: entry.visibility)
                incident.apply(entry.payload, of: type(of: entry.payload), at: place)
            }
            decision.entries += next.entries
            decision.warnings += next.warnings.filter { !decision.warnings.contains($0) }
        }
    }

    private func publish(
        on incident: Incident, _ given: Circumstances<Incident>, _ forced: Bool
    ) throws(Refusal) -> Decision<Incident> {
        var warnings: [Warning] = []
        let moment = try settle(occurredAt, "#/occurred_at", at: given.now, &warnings) ?? given.now
        let cadence = incident.cadence
        let interval = cadence.interval
        let promised = promise(after: moment)
        try checkPromise(promised, after: moment, interval)

        // An update older than the last one, or from before the episode, does not move the deadline (section 6).
        let counts = moment >= (cadence.lastUpdateAt ?? moment) && moment >= incident.episodeStartedAt
        if !counts { warnings.append(.movesNoDeadline) }
        let meets = counts && cadence.hasOpenDeadline
        let next = min(moment + interval, promised ?? moment + interval)
        let (findings, isForced) = try lint(on: incident, given, nextUpdateIn: promised.map { $0 - moment })
        var published = UpdatePublished(
            audience: audience, slot: incident.slot(at: moment), counts: counts,
            dueAt: meets ? cadence.beat.dueAt : nil,
            lateBySeconds: meets ? max(0, Int((moment - cadence.beat.dueAt).wholeSeconds)) : nil,
            beat: counts && incident.isOpen
                ? Beat(due: next, interval: interval, under: given.policy, setAt: given.now) : nil,
            promisedAt: promised, basisSeq: basisSeq, etaBasis: etaBasis, template: template,
            forced: forced,
            claimedAt: warnings.contains(.clockSkew) ? occurredAt : nil)
        published.lint = findings.map(StoredFinding.init)
        published.lintForced = isForced
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
            throw unfilled
        }
        return isUnfilled || !newer.isEmpty
    }

    /// How many of the entries that made a draft stale a refusal lists: the latest.
    private static let newsMax = 20

    private func stale(_ basis: Int, _ newer: [Int]) -> Refusal {
        Refusal(
            .staleDraft,
            "The status, severity, impact, workaround or an entry that the draft may quote changed after seq \(basis), its basis. "
                + "Fetch a new draft, or force the text.",
            current: .seqs(newer.suffix(PublishUpdate.newsMax)),
            links: [
                .init("readDraft", query: "?audience=\(audience.rawValue)", detail: "a new draft"),
                .init("readTimeline", query: "?after=\(basis)", detail: "the entries since then"),
                PublishUpdate.forcing,
            ])
    }

    private func checkPromise(
        _ promised: Timestamp?, after moment: Timestamp, _ interval: Duration
    ) throws(Refusal) {
        guard let promised else { return }
        let pointer = nextUpdateInMinutes == nil ? "#/next_update_at" : "#/next_update_in_minutes"
        guard promised > moment else {
            throw .invalid(pointer, "The next update must be later than this one.")
        }
        let limit = moment + interval + PublishUpdate.promiseSlack
        guard promised <= limit else {
            throw Refusal(
                .promiseExceedsCadence,
                "The next update is promised too late: with an interval of \(DurationText.format(interval)) it is at most "
                    + "\((limit - moment).wholeSeconds / 60) minutes ahead, at \(limit.minute(on: nil)) UTC.",
                flaws: [.init(pointer, "at most \(limit.rfc3339)")],
                links: [
                    .init(
                        ChangeInterval.self, detail: "sets a longer interval",
                        body: [
                            "interval_seconds": .integer(Int((promised - moment).wholeSeconds)),
                            "reason": "…",
                        ])
                ])
        }
    }
}
