import Model
import Time

/// How long users were affected (domain.md, section 8): the sum over the episodes, each from its start until users were served again.
extension Incident {
    /// What the episodes before this one add.
    struct EarlierEpisodes: Sendable, Equatable {
        /// The end of the first episode's impact; `nil` during it, or when it was cancelled. Its start may still be edited.
        var firstRestoredAt: Timestamp?
        /// The impact of the episodes between the first and this one.
        var later: Duration = .zero
    }

    /// Since when users are affected in this episode: since it was reopened, or since it began, else was noticed, else was declared.
    public var impactStartedAt: Timestamp { episode > 1 ? episodeStartedAt : firstImpactStartedAt }

    /// Since when users are affected in the first episode: since it began, else was noticed, else was declared.
    var firstImpactStartedAt: Timestamp { times.startedAt ?? times.detectedAt ?? times.declaredAt }

    /// Whole minutes of impact, as of `now` while it is open; `nil` for a cancelled incident.
    public func minutesOfImpact(at now: Timestamp) -> Int? {
        minutes(since: firstImpactStartedAt, at: now)
    }

    /// Whole minutes from noticing it until users were served again, in all episodes; `nil` for a cancelled incident.
    public func minutesOfDuration(at now: Timestamp) -> Int? {
        minutes(since: times.detectedAt ?? times.declaredAt, at: now)
    }

    /// Summed in milliseconds and rounded down once; never negative. `start` is that of the first episode.
    private func minutes(since start: Timestamp, at now: Timestamp) -> Int? {
        guard status != .cancelled else { return nil }
        let end = restoredAt(ifResolvedAt: times.resolvedAt ?? now)
        var total = end - (episode > 1 ? episodeStartedAt : start)
        if episode > 1 {
            total += earlierEpisodes.later
            if let restored = earlierEpisodes.firstRestoredAt { total += restored - start }
        }
        return Int(max(0, total.wholeMilliseconds) / 60_000)
    }

    /// When users were served again: as recorded, else since when it is monitored if that still stands, else at the end.
    private func restoredAt(ifResolvedAt end: Timestamp) -> Timestamp {
        times.restoredAt ?? (status == .monitoring ? monitoredSince : nil) ?? end
    }

    /// When users were served again, if it is resolved from `monitoring`: when that was entered last, or the last check after it failed.
    private var monitoredSince: Timestamp? {
        times.monitoringAt.map { max($0, checks.lastFailedAt ?? $0) }
    }

    /// Ends the impact with a resolution.
    mutating func restore(from: Status, at moment: Timestamp) {
        resolvedFrom = from
        times.restoredAt = from == .monitoring ? monitoredSince ?? moment : moment
    }

    /// Begins another episode: the last one's impact is counted, and its end is forgotten.
    mutating func beginEpisode(_ number: Int, at place: Place) {
        let restored = times.cancelledAt == nil ? times.restoredAt ?? times.resolvedAt : nil
        if episode == 1 {
            earlierEpisodes.firstRestoredAt = restored
        } else if let restored {
            earlierEpisodes.later += restored - episodeStartedAt
        }
        enter(.investigating, at: place)
        episode = number
        episodeStartedAt = place.recordedAt
        times.resolvedAt = nil
        times.cancelledAt = nil
        times.restoredAt = nil
        times.mitigatedAt = nil
        resolvedFrom = nil
        checks = Checks()
        duplicateOf = nil
        lastUpdate = nil
        publicUpdates = PublicUpdates()
        checklist = Checklist(of: severity, from: place.recordedAt)
        mitigations.hasWorked = false
        mitigations.isRollbackSpent = false
    }

    /// The incident as if its status changed at `now`: for the words of a draft that is published with the change.
    public func supposing(_ to: Status, at now: Timestamp) -> Incident {
        guard to != status else { return self }
        var supposed = self
        let place = Place(
            seq: seq, id: "", author: declaredBy, occurredAt: now, recordedAt: now, visibility: .internal)
        switch to {
        case .resolved:
            _ = Resolved(from: status, override: false, reason: nil).apply(to: &supposed, at: place)
        case .cancelled: _ = Cancelled(from: status, duplicateOf: nil).apply(to: &supposed, at: place)
        case .investigating where !isOpen: supposed.beginEpisode(supposed.episode + 1, at: place)
        case .investigating, .mitigating, .monitoring: supposed.enter(to, at: place)
        }
        return supposed
    }
}
