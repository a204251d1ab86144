import Model
import Time

/// The advice to prefer a rollback (domain.md, section 9), from the suspects of an incident and the deploys that are kept.
extension Incident {
    /// A deploy less than this before the start is likely the cause.
    private static let likelyFor: Duration = .seconds(30 * 60)

    /// The deploys of the hour before the incident began.
    public var deploysBeforeStart: DeployQuery {
        DeployQuery(
            scope: deployScope, since: impactStartedAt - DeployQuery.suspectedFor, until: impactStartedAt,
            limit: listedDeploysMax)
    }

    /// The deploy that may be rolled back: the last suspect within half an hour before the start, unless it was ruled out, or something
    /// else was confirmed.
    private var likelyDeploy: Suspect? {
        let other = suspects.first { $0.state == .confirmed && $0.suspect != .deploy }
        guard other == nil else { return nil }
        let near = suspects.filter { suspect in
            guard suspect.suspect == .deploy, suspect.state != .ruledOut, let at = suspect.changedAt else {
                return false
            }
            return at <= impactStartedAt && impactStartedAt - at < Incident.likelyFor
        }
        let confirmed = near.filter { $0.state == .confirmed }
        return (confirmed.isEmpty ? near : confirmed).max { left, right in
            guard let first = left.changedAt, let second = right.changedAt, first != second else {
                return left.seq < right.seq
            }
            return first < second
        }
    }

    /// What to look for before `rollbackAdvice`; `nil` when there is nothing to advise.
    public var deploysBeforeLikely: DeployQuery? {
        likelyDeploy?.changedAt.map {
            DeployQuery(
                scope: deployScope, since: $0 - Deploy.lifetime, until: $0, limit: Deploy.keptMax)
        }
    }

    /// The advice, given those deploys, newest first.
    public func rollbackAdvice(_ deploys: [Deploy]) -> String? {
        guard let changedAt = likelyDeploy?.changedAt else { return nil }
        let suspect = deploys.first { $0.at == changedAt }
        let scope = suspect?.scope ?? deployScope
        if let good = deploys.first(where: { $0.at < changedAt && $0.scope == scope }) {
            return "prefer rollback to \(good.what)"
        }
        return "prefer rollback to the version before \(suspect?.what ?? "the suspected deploy")"
    }
}

/// Upper bound of the deploys that a context lists.
private let listedDeploysMax = 50
