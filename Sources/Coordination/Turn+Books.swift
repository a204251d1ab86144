import Journal
import Time

/// Tokens, endpoints, and what became of deliveries.
extension Turn {
    /// Every endpoint as this batch sees it: those that it made come first.
    var endpoints: [Endpoint] {
        let known = context.credentials.endpoints()
        guard !endpointsChanged.isEmpty else { return known }
        let knownIDs = Set(known.map(\.id))
        let new = endpointsChanged.values.compactMap(\.self).filter { !knownIDs.contains($0.id) }
        return new.sorted { $0.id > $1.id }
            + known.compactMap { endpointsChanged[$0.id] ?? $0 }
    }

    /// An endpoint as this batch sees it; `nil` when there is none.
    func endpoint(_ id: String) -> Endpoint? {
        endpointsChanged[id] ?? context.credentials.endpoint(id)
    }

    /// Whether there is such a token, and it was not revoked.
    func isGood(token id: String) -> Bool {
        tokensChanged[id] ?? context.credentials.token(id).map { $0.revokedAt == nil } ?? false
    }

    /// Whether tokens or endpoints are not what they were.
    var directoryChanged: Bool {
        !endpointsChanged.isEmpty || !tokensChanged.isEmpty
    }

    mutating func keep(_ token: Token) {
        batch.tokens.append(token)
        tokensChanged[token.id] = true
    }

    mutating func revoke(_ id: String) {
        batch.revokedTokens.append((id, at: now))
        tokensChanged[id] = false
    }

    mutating func write(_ endpoint: Endpoint) {
        batch.endpoints.append(endpoint)
        endpointsChanged.updateValue(endpoint, forKey: endpoint.id)
    }

    mutating func delete(_ endpoint: Endpoint) {
        batch.deletedEndpoints.append(endpoint.id)
        endpointsChanged.updateValue(nil, forKey: endpoint.id)
    }

    mutating func cancelDeliveries(to endpoint: Endpoint) {
        batch.cancelledEndpoints.append(endpoint.id)
    }

    /// Writes over a delivery; what the store's own rule makes of it is seen by the rest of this batch.
    mutating func write(_ result: Batch.DeliveryResult, over delivery: Delivery) {
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
    }

    /// A delivery as this batch sees it, by id; `nil` when there is none.
    func delivery(_ id: Int) throws(LaneFault) -> Delivery? {
        if let delivery = deliveriesChanged[id] { return delivery }
        do throws(StoreFault) {
            return try lookup.delivery(id)
        } catch {
            throw .store(error)
        }
    }

    mutating func probe() {
        batch.isProbe = true
    }

    mutating func forgetKeys(before moment: Timestamp) {
        batch.forgetKeysBefore = moment
    }
}
