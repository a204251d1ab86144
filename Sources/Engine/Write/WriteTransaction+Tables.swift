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

    /// A valid token as this batch sees it; 404 when there is none.
    func requireToken(_ id: String) throws(WriteFault) -> Token {
        guard let token = tokensChanged[id] ?? context.credentials.token(id), token.isValid(at: now) else {
            throw .refused(
                Refusal(
                    .notFound,
                    "This token does not exist, has expired or is already revoked. GET /v1/tokens lists the tokens."
                ))
        }
        return token
    }

    /// The tokens that rotations of a valid token made, newest first, also revoked ones: no one else had its name meanwhile.
    func successors(of token: Token) -> [Token] {
        let known = context.credentials.tokens().filter { tokensChanged[$0.id] == nil }
        return (known + tokensChanged.values)
            .filter { $0.id != token.id && $0.createdAt >= token.createdAt && $0.isNamed(token.name) }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// Refuses the name of a valid token, as this batch sees it.
    func requireFreeTokenName(_ name: String) throws(WriteFault) {
        let known = context.credentials.tokens().filter { tokensChanged[$0.id] == nil }
        let holder = (known + tokensChanged.values).first { $0.isValid(at: now) && $0.isNamed(name) }
        guard let holder else { return }
        throw .refused(
            .invalid([
                .init(
                    "#/name",
                    "The valid token \(holder.id) has this name. Choose another name, "
                        + "or rotate or revoke that token."
                )
            ]))
    }

    /// Whether the token was revoked or is at its end, as this batch sees it. An unknown token counts as valid: no one could sign in with
    /// it.
    func isRevoked(token id: String) -> Bool {
        (tokensChanged[id] ?? context.credentials.token(id)).map { !$0.isValid(at: now) } ?? false
    }

    /// What this batch changed of tokens and webhooks.
    var credentialChanges: CredentialChanges {
        CredentialChanges(
            tokens: batch.tokens, revokedTokens: batch.revokedTokens, endedTokens: batch.endedTokens,
            forgetRevokedBefore: batch.forgetTokensRevokedBefore, webhooks: webhooksChanged)
    }

    mutating func keep(_ token: Token) {
        batch.tokens.append(token)
        tokensChanged[token.id] = token
    }

    mutating func revoke(_ token: Token) {
        batch.revokedTokens.append((token.id, at: now))
        var token = token
        token.revokedAt = now
        tokensChanged[token.id] = token
    }

    /// Lets a token end at that moment, unless it ends earlier.
    mutating func end(_ token: Token, at moment: Timestamp) {
        var token = token
        token.expiresAt = min(moment, token.expiresAt ?? moment)
        batch.endedTokens.append((token.id, at: token.expiresAt ?? moment))
        tokensChanged[token.id] = token
    }

    mutating func note(uses: [(id: String, at: Timestamp)]) {
        batch.usedTokens += uses
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

    mutating func keep(_ deploy: Deploy) { batch.deploys.append(deploy) }

    /// The matching deploys, stored or from this batch, newest first.
    func deploys(_ query: DeployQuery) throws(WriteFault) -> [Deploy] {
        let new = batch.deploys.reversed().filter(query.matches)
        let stored = try looking { () throws(StoreFault) in try lookup.deploys(query) }
        return Array((new + stored).prefix(query.limit))
    }

    /// The entry with that seq, stored or from this batch; `nil` when there is none.
    func entry(_ seq: Int, of stream: StreamID) throws(WriteFault) -> StoredEntry? {
        if let new = batch.entries.first(where: { $0.stream == stream && $0.seq == seq }) { return new }
        return try looking { () throws(StoreFault) in
            try lookup.entries(of: stream, after: seq - 1, limit: 1).first { $0.seq == seq }
        }
    }
}
