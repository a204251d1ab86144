import Model
import Time

/// The interface to journal and engine: entry kinds, and the fold of entries.
extension Incident: Alarmed {
    public typealias Policy = Incidents.Policy
    public typealias Counts = OpenIncidents

    /// All entry kinds of an incident.
    public static let payloads: [any EntryPayload<Incident>.Type] =
        PostEntry.payloads.map { $0.asEntry } + [
            Declared.self, Edited.self, StatusChanged.self, SeverityRaised.self, SeverityDisputed.self,
            RoleAssigned.self, RoleReleased.self, Confirmation.self, Correction.self, UpdatePublished.self,
            NagSent.self, NagSnoozed.self,
            CadenceChanged.self, ClockCorrected.self, Escalated.self, Linked.self, Resolved.self,
            Reopened.self, Cancelled.self,
            CheckRecorded.self, WatchReset.self,
            ChecklistTicked.self,
            MitigationStarted.self, MitigationEnded.self, RollbackRequested.self, RollbackAnswered.self,
            FreezeStarted.self, FreezeLifted.self, ExceptionGranted.self, ExceptionRevoked.self,
            DeployAttempted.self,
        ]

    public static let code = AggregateCode(rawValue: 0)
    public static let kinds = Kinds<Incident>()
    public static let alarm: any Action<Incident> = SendNags()
    public static let notFound = Refusal(
        .notFound, "This incident does not exist.",
        links: [.init("listIncidents", query: "?state=all", detail: "all incidents")])

    /// All nag topics.
    public static let nagTopics: [any NagTopic.Type] = [
        UpdateNag.self, DecisionNag.self, NoProgressNag.self, StaleNag.self, ClosingNag.self,
        ApprovalNag.self, HandoverNag.self,
    ]

    static let openTopics = nagTopics.filter { !$0.asksEnded }
    static let endedTopics = nagTopics.filter { $0.asksEnded }

    /// All event types that ask people for something; the end of an incident supersedes what is queued of them.
    static let queuedNags: [EventType] = nagTopics.flatMap { $0.queued } + [.escalated]

    /// All problems of the rules on incidents.
    public static let problems: [ProblemType] = [
        .severityOnlyRises, .notAllowedFromStatus, .incidentEnded, .commanderOnly, .snoozeLimit,
        .nothingToSnooze,
        .staleDraft,
        .lintBlocked,
        .unfilledDraft, .promiseExceedsCadence, .clockSkew, .validation,
        .notRestored,
        .mitigationInProgress, .rollbackSpent,
        .approvalNeeded, .deploysFrozen,
    ]

    /// All warnings of the rules on incidents.
    public static let warnings: [Warning] = [
        .impactMissing, .channelInUse, .timesCrossed, .restoredWhenMissing, .commanderIsCommunicator,
        .clockSkew, .textDiffers,
        .onlyTextReplaced,
        .saysNoSteps, .looksLikeASecret,
        .movesNoDeadline, .nobodyHears, .nobodyHearsNow, .stillOpen,
        .mitigationUnmeasured,
        .freezesEverything, .testFailed,
    ]

    /// Opens an incident from its first entry.
    public init?(opening payload: any EntryPayload<Incident>, number: Int, id: String, at place: Place) {
        guard let declared = payload as? Declared else { return nil }
        self.init(opening: declared, id: ID(id), at: place)
    }

    public var streamID: String { id.text }
    public var nextAlarmAt: Timestamp? { nextNagAt }
    public var openDeadline: Timestamp? { isOpen && cadence.hasOpenDeadline ? cadence.beat.dueAt : nil }

    /// The deadline of the next update, until a nag was sent for it.
    public var notice: Notice? {
        guard isOpen, cadence.lastNagNumber == 0 else { return nil }
        return cadence.beat.dueSoonAt.map {
            Notice(
                .updateDueSoon, at: $0, deadline: cadence.beat.dueAt,
                to: recipients(ofNag: 1).map(\.person))
        }
    }

    public func peopleAsked(by payload: any EntryPayload<Incident>) -> [Person]? {
        if let escalated = payload as? Escalated { return [escalated.to] }
        return (payload as? NagSent)?.to.map(\.person)
    }

    public func peopleAsked(byLast type: EventType) -> (today: [Person], then: [Person]) {
        guard let (about, nag) = lastNag(announcedBy: type) else { return ([], []) }
        return (recipientsToday(of: about, nag).map(\.person), nag.to.map(\.person))
    }

    /// A nag expires with the next one about the same topic.
    public func urgency(of payload: any EntryPayload<Incident>) -> Urgency {
        let interval = cadence.beat.interval
        if let escalated = payload as? Escalated {
            return Urgency(deadline: escalated.decisionDueAt, interval: interval, replacedAt: nil)
        }
        guard let nag = payload as? NagSent else {
            return Urgency(deadline: nil, interval: interval, replacedAt: nil)
        }
        let next = nag.about.topic?.nextMoment(after: nag, on: self)
        // Rare nags are worth delivering until the next one.
        return Urgency(
            deadline: nag.dueAt, interval: max(interval, next.map { $0 - recordedAt } ?? interval),
            replacedAt: next)
    }

    /// Opens an incident from its first entry.
    public init(opening declared: Declared, id: ID, at place: Place) {
        let details = declared.details
        self.init(
            id: id, number: declared.number, seq: place.seq, version: place.seq, recordedAt: place.recordedAt,
            changedAt: place.recordedAt, title: details.title, publicTitle: details.publicTitle,
            status: .investigating,
            severity: declared.severity, declaredSeverity: declared.severity, reviewedSeverity: nil,
            impact: details.impact, workaround: details.workaround, restoredWhen: details.restoredWhen,
            nextAction: details.nextAction, declaredBy: place.author, episode: 1,
            episodeStartedAt: place.recordedAt,
            roles: details.roles.mapValues {
                Assignment(person: $0.person, contact: $0.contact, since: place.recordedAt)
            },
            cadence: Cadence(startingWith: declared.beat),
            decision: declared.episode.map { DecisionDeadline(dueAt: $0.decisionDueAt) },
            slowsFrom: EpisodeClock.slowsFrom(declared.episode, startedAt: place.recordedAt),
            inactivity: Inactivity(since: place.recordedAt, limit: declared.episode?.noProgressAfter),
            duplicateOf: nil,
            times: Times(
                startedAt: details.startedAt, detectedAt: details.detectedAt, declaredAt: place.recordedAt),
            labels: details.labels, links: details.links, channel: details.channel, evidence: [],
            draftBreakers: [], evidenceChanges: [],
            freeze: declared.freezeUntil.map { Freeze(scope: details.labels.deployScope, until: $0) })
        checklist = Checklist(of: declared.severity, from: place.recordedAt)
        scope = details.scope
        usersAffected = details.usersAffected
        isSecurity = details.isSecurity
        isConfidential = details.isConfidential
        beginShifts(of: declared.episode?.shift, at: place.recordedAt)
    }

    /// Applies the next entry. `payload` is `nil` when its kind does not shape the state; `type` is `nil` when this version does not know
    /// the kind.
    ///
    /// Takes no configuration and no clock, so that the same entries always fold to the same state.
    public mutating func apply(
        _ payload: (any EntryPayload<Incident>)?, of type: (any EntryPayload<Incident>.Type)?, at place: Place
    ) {
        seq = place.seq
        recordedAt = place.recordedAt
        if !(type?.isAutomatic ?? false) { inactivity.end(at: place.recordedAt) }
        if type?.isProgress(on: self, by: place.author) ?? false { inactivity.progressAt = place.recordedAt }
        guard let payload else { return }
        let interval = cadence.beat.interval
        let isVisible = payload.apply(to: &self, at: place)
        decision?.change(
            from: interval, to: cadence.beat.interval, atMost: cadence.beat.nagMax, at: place.recordedAt,
            during: watch)
        guard isVisible else { return }
        version = place.seq
        changedAt = place.recordedAt
    }

    /// Sets when the last progress was recorded, after a fold that skipped entries which leave no other trace.
    public mutating func restoreProgress(at moment: Timestamp) {
        inactivity.progressAt = moment
    }

    /// Event types whose queued deliveries are superseded by an entry that changed `before` to `after`.
    public static func outdated(
        by payload: any EntryPayload<Incident>, from before: Incident, to after: Incident
    ) -> [EventType] {
        var types = payload.outdates(from: before, to: after)
        func add(_ more: [EventType]) {
            for type in more where !types.contains(type) { types.append(type) }
        }
        guard !type(of: payload).isAutomatic else { return types }
        if before.inactivity.staleNags > 0, after.inactivity.staleNags == 0 { add(StaleNag.queued) }
        if before.inactivity.isNagged, !after.inactivity.isNagged { add(NoProgressNag.queued) }
        // A moved deadline is announced again.
        if before.cadence.beat.dueAt != after.cadence.beat.dueAt { add([.updateDueSoon]) }
        return types
    }

    mutating func enter(_ to: Status, at place: Place) {
        // A regression: what seemed to have mitigated it did not.
        if status == .monitoring, to == .investigating || to == .mitigating {
            times.mitigatedAt = nil
            mitigations.hasWorked = false
        }
        if to != .monitoring { endWatch(at: place.recordedAt) }
        status = to
        if !to.isOpen { freeze = nil }
        breakDrafts(at: place)
        if to == .monitoring {
            times.monitoringAt = place.recordedAt
            times.mitigatedAt = times.mitigatedAt ?? place.recordedAt
        }
    }
}

extension EventType {
    /// All event types that a webhook can subscribe to: each is sent.
    public static let all: [EventType] = {
        var types: [EventType] = []
        let caused =
            Incident.payloads.map { $0.event } + Incident.queuedNags
        for type in caused + [.webhookTest] where !types.contains(type) { types.append(type) }
        return types
    }()

    /// The type of that name; `nil` when this version does not know it.
    public init?(named name: String) {
        guard let type = EventType.all.first(where: { $0.rawValue == name }) else { return nil }
        self = type
    }

    /// Whether a pattern matches any type; otherwise it is a typo.
    public static func isUseful(pattern: String) -> Bool {
        all.contains { matches(pattern: pattern, $0.rawValue) }
    }
}
