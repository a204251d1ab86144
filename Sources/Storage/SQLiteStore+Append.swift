import Journal
import SQL

extension Database {
    /// Writes a batch. Later parts see earlier ones: a nag created and outdated in the same batch is superseded, a webhook written and
    /// deleted stays deleted.
    func append(_ batch: Batch) throws(SQLFault) {
        for entry in batch.entries { try append(entry) }
        for state in batch.states { try write(state) }
        for key in batch.keys { try append(key) }
        for delivery in batch.deliveries { try append(delivery) }
        for result in batch.results { try write(result) }
        for attempt in batch.attempts { try append(attempt) }
        for nags in batch.supersededNags {
            for type in nags.types {
                try supersedeNags(of: nags.stream, type, through: nags.throughDelivery)
            }
        }
        for withheld in batch.withheld {
            try withhold(withheld.stream, through: withheld.throughDelivery)
        }
        for token in batch.tokens { try append(token) }
        for token in batch.revokedTokens { try revoke(token: token.id, at: token.at) }
        for token in batch.endedTokens { try end(token: token.id, at: token.at) }
        for token in batch.usedTokens { try use(token: token.id, at: token.at) }
        if let moment = batch.forgetTokensRevokedBefore { try forgetTokens(revokedBefore: moment) }
        for webhook in batch.webhooks { try write(webhook) }
        for webhook in batch.deletedWebhooks { try delete(webhook: webhook) }
        for webhook in batch.cancelledWebhooks { try cancelDeliveries(to: webhook) }
        if let moment = batch.forgetKeysBefore { try forgetKeys(before: moment) }
        for delivery in batch.forgottenDeliveries { try forget(delivery: delivery) }
        for deploy in batch.deploys { try append(deploy) }
        if let moment = batch.forgetDeploysBefore { try forgetDeploys(before: moment) }
        if batch.isProbe { try run("UPDATE meta SET value = value WHERE key = 'revision'") }
    }
}
