import Journal
import Time

/// Tokens, endpoints, and what became of deliveries.
extension Turn {
    /// Every endpoint as this batch sees it: those that it made come first.
    var endpoints: [Endpoint] {
        let known = context.directory.endpoints()
        guard !endpointsChanged.isEmpty else { return known }
        let knownIDs = Set(known.map(\.id))
        let new = endpointsChanged.values.compactMap(\.self).filter { !knownIDs.contains($0.id) }
        return new.sorted { $0.id > $1.id }
            + known.compactMap { endpointsChanged[$0.id] ?? $0 }
    }

    /// An endpoint as this batch sees it; `nil` when there is none.
    func endpoint(_ id: String) -> Endpoint? {
        endpointsChanged[id] ?? context.directory.endpoint(id)
    }

    /// Whether there is such a token, and it was not revoked.
    func isGood(token id: String) -> Bool {
        tokensChanged[id] ?? context.directory.token(id).map { $0.revokedAt == nil } ?? false
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

    mutating func write(_ result: Batch.DeliveryResult) {
        batch.results.append(result)
    }

    mutating func probe() {
        batch.isProbe = true
    }

    mutating func forgetKeys(before moment: Timestamp) {
        batch.forgetKeysBefore = moment
    }
}
