import Journal
import Model
import Time

/// Tokens, webhooks, delivery results and single entries.
extension WriteTransaction {
    /// All webhooks as this batch sees them; new ones first.
    var webhooks: [Webhook] {
        let known = context.credentials.webhooks()
        guard !webhooksChanged.isEmpty else { return known }
        let knownIDs = Set(known.map(\.id))
        let new = webhooksChanged.values.compactMap(\.self).filter { !knownIDs.contains($0.id) }
        return new.sorted { $0.id > $1.id }
            + known.compactMap { webhooksChanged[$0.id] ?? $0 }
    }

    /// A webhook as this batch sees it.
    func webhook(_ id: String) -> Webhook? {
        webhooksChanged[id] ?? context.credentials.webhook(id)
    }

    /// Refuses an unknown webhook.
    func requireWebhook(_ id: String) throws(WriteFault) -> Webhook {
        guard let webhook = webhook(id) else {
            throw .refused(
                Refusal(.notFound, "This webhook does not exist. GET /v1/webhooks lists the webhooks."))
        }
        return webhook
    }

    /// Whether the token exists and is not revoked, as this batch sees it.
    func isValid(token id: String) -> Bool {
        tokensChanged[id] ?? context.credentials.authenticator.isValid(id)
    }

    /// Whether the token was revoked, as this batch sees it. An unknown token counts as valid: nobody could sign in with it.
    func isRevoked(token id: String) -> Bool {
        tokensChanged[id].map { !$0 } ?? context.credentials.isRevoked(id)
    }

    /// What this batch changed of tokens and webhooks.
    var credentialChanges: CredentialChanges {
        CredentialChanges(
            tokens: batch.tokens, revokedTokens: batch.revokedTokens,
            forgetRevokedBefore: batch.forgetTokensRevokedBefore, webhooks: webhooksChanged)
    }

    mutating func keep(_ token: Token) {
        batch.tokens.append(token)
        tokensChanged[token.id] = true
    }

    mutating func revoke(_ id: String) {
        batch.revokedTokens.append((id, at: now))
        tokensChanged[id] = false
    }

    mutating func write(_ webhook: Webhook) {
        batch.webhooks.append(webhook)
        webhooksChanged.updateValue(webhook, forKey: webhook.id)
    }

    mutating func delete(_ webhook: Webhook) {
        batch.deletedWebhooks.append(webhook.id)
        webhooksChanged.updateValue(nil, forKey: webhook.id)
    }

    mutating func cancelDeliveries(to webhook: Webhook) {
        batch.cancelledWebhooks.append(webhook.id)
    }

    /// Writes a result over a delivery, and applies the store's own rule for the rest of this batch.
    @discardableResult
    mutating func write(_ result: Batch.DeliveryResult, over delivery: Delivery) -> Delivery {
        batch.results.append(result)
        var delivery = delivery
        if result.renewal != nil || delivery.state == .pending || result.state == .delivered {
            delivery.state = result.state
        }
        delivery.attempts = result.attempts
        delivery.nextAt = result.nextAt
        delivery.lastStatus = result.lastStatus
        delivery.lastError = result.lastError
        if let renewal = result.renewal {
            delivery.expiresAt = renewal.expiresAt
            delivery.attemptsBefore = renewal.attemptsBefore
        }
        deliveriesChanged[delivery.id] = delivery
        return delivery
    }

    /// A delivery as this batch sees it.
    func delivery(_ id: Int) throws(WriteFault) -> Delivery? {
        if let delivery = deliveriesChanged[id] { return delivery }
        return try looking { () throws(StoreFault) in try lookup.delivery(id) }
    }

    /// The entry with that seq, stored or from this batch; `nil` when there is none.
    func entry(_ seq: Int, of stream: StreamID) throws(WriteFault) -> StoredEntry? {
        if let new = batch.entries.first(where: { $0.stream == stream && $0.seq == seq }) { return new }
        return try looking { () throws(StoreFault) in
            try lookup.entries(of: stream, after: seq - 1, limit: 1).first { $0.seq == seq }
        }
    }
}
