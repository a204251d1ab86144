import Journal
import Model
import Time

/// Maintenance: deletes expired idempotency records, deliveries, deploys, secrets and revoked tokens, and probes the store after it refused
/// writes.
public struct Maintain: WriteRequest {
    /// Retention of an ended delivery, so that a dead letter outlives a long holiday.
    static let deliveryLifetime: Duration = .seconds(30 * 86_400)
    /// Retention of a revoked token, whose name lists show until then. All of them are in memory and are read at each reload.
    static let revokedTokenLifetime: Duration = .seconds(90 * 86_400)
    /// How many deliveries one batch checks for expiry: about 20 ms of the lane.
    static let forgottenMax = 1_000

    public init() {}

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let memory = transaction.memory
        let isOk = memory.storeState == .ok
        if !isOk { transaction.batch.isProbe = true }
        let moment = transaction.now - KeyIndex.lifetime
        if memory.hasKeys(before: moment) { transaction.batch.forgetKeysBefore = moment }
        guard isOk else { return .finished }
        forgetSecrets(in: &transaction)
        let revokedBefore = transaction.now - Maintain.revokedTokenLifetime
        if transaction.context.credentials.hasToken(revokedBefore: revokedBefore) {
            transaction.batch.forgetTokensRevokedBefore = revokedBefore
        }
        try forgetDeploys(in: &transaction)
        let place = try forgetDeliveries(after: memory.forgottenThrough, in: &transaction)
        transaction.forgottenThrough = place
        var outcome = Outcome.finished
        outcome.isUnfinished = place > 0
        return outcome
    }

    private func forgetDeploys(in transaction: inout WriteTransaction) throws(WriteFault) {
        let lookup = transaction.lookup
        let oldest = try transaction.looking { () throws(StoreFault) in try lookup.oldestDeploy() }
        let end = transaction.now - Deploy.lifetime
        if let oldest, oldest < end { transaction.batch.forgetDeploysBefore = end }
    }

    /// Deletes rotated secrets that no longer sign.
    private func forgetSecrets(in transaction: inout WriteTransaction) {
        let now = transaction.now
        for var webhook in transaction.webhooks
        where webhook.previousSecrets.contains(where: { $0.until <= now }) {
            webhook.previousSecrets.removeAll { $0.until <= now }
            transaction.write(webhook)
        }
    }

    /// Deletes deliveries that ended long ago, oldest first, one slice at a time. A pending delivery is never deleted, however old.
    /// Returns the last id checked; 0 when the rest is younger.
    private func forgetDeliveries(
        after id: Int, in transaction: inout WriteTransaction
    ) throws(WriteFault) -> Int {
        let lookup = transaction.lookup
        let slice = try transaction.looking { () throws(StoreFault) in
            try lookup.deliveries(after: id, limit: Maintain.forgottenMax)
        }
        let end = transaction.now - Maintain.deliveryLifetime
        let old = slice.prefix { $0.createdAt < end }
        let changed = transaction.deliveriesChanged
        // A delivery that was retried by hand ended later than its age suggests.
        let ended = old.filter { delivery in
            let isPending = (changed[delivery.id] ?? delivery).state == .pending
            return !isPending && delivery.nextAt < end
        }
        transaction.batch.forgottenDeliveries += ended.map(\.id)
        return old.count == Maintain.forgottenMax ? old.last?.id ?? 0 : 0
    }
}
