import Addresses

/// Decides which socket addresses a webhook may reach (SSRF protection).
///
/// A registered webhook makes this service call an address from inside its network; the guard blocks calls to everything the operator did
/// not allow. It checks the address about to be connected, after name resolution, so that neither spelling nor a second DNS answer
/// (DNS rebinding) can bypass it.
public struct AddressGuard: Sendable {
    /// Networks allowed by the operator, over http too and on any port.
    public let allowed: [CIDR]
    /// The service's own listening addresses. Set after `bind`, which may choose the port.
    public var listening: [ListenAddress]
    private let interfaces: @Sendable () -> [IPAddress]

    /// `allowed` are the operator's networks (`DRUMBEAT_WEBHOOK_ALLOW`).
    ///
    /// `interfaces` returns the machine's own addresses; called only when a wildcard listener has the port in question.
    public init(
        allowed: [CIDR], listening: [ListenAddress] = [],
        interfaces: @escaping @Sendable () -> [IPAddress]
    ) {
        self.allowed = allowed
        self.listening = listening
        self.interfaces = interfaces
    }

    /// Why an address must not be called; `nil` when it may be.
    ///
    /// An IPv6 address that embeds an IPv4 address is treated as that address, also for the operator's networks.
    public func refusal(of address: IPAddress, port: UInt16, scheme: WebScheme) -> AddressRefusal? {
        let judged = address.carried ?? address
        if isOwn(judged, port: port) { return .ownAddress }
        if port == 0 { return .port(port) }
        if RefusedNetwork.metadata.contains(judged) {
            // A wide network, such as 169.254.0.0/16 or ::/0, is hardly meant to expose the machine's credentials.
            return allowed.contains { $0.isOnly(judged) } ? nil : .metadata(judged)
        }
        if allowed.contains(where: { $0.contains(judged) }) { return nil }
        if let network = RefusedNetwork.first(containing: judged) {
            return .network(network.name, carried: judged == address ? nil : judged)
        }
        if scheme == .http { return .plainHTTP }
        return scheme.refusal(of: port)
    }

    /// Whether mail may go to a host without TLS: it is in the operator's networks by its text, which no name server can change.
    func allowsPlainMail(to target: WebhookURL) -> Bool {
        // libcurl resolves `localhost` itself, to these.
        let places =
            target.host.lowercased() == "localhost"
            ? [.v4(0x7F00_0001), .v6(1)] : [target.literal].compactMap(\.self)
        return places.contains { place in
            let judged = place.carried ?? place
            return allowed.contains { $0.contains(judged) }
        }
    }

    private func isOwn(_ address: IPAddress, port: UInt16) -> Bool {
        listening.contains { own in
            guard own.port == port else { return false }
            let listener = own.address.carried ?? own.address
            // Linux connects 0.0.0.0 and :: to the machine itself.
            if address.isUnspecified || listener == address { return true }
            return listener.isUnspecified && (address.isLoopback || interfaces().contains(address))
        }
    }
}

/// The schemes of webhook URLs.
public enum WebScheme: String, Sendable {
    /// Plain text: only inside the operator's networks.
    case http
    case https
    /// Mail with STARTTLS; without TLS only inside the operator's networks.
    case smtp
    /// Mail over TLS.
    case smtps

    static let web = [WebScheme.https, .http]
    static let mail = [WebScheme.smtps, .smtp]

    /// Why a port must not be used outside the operator's networks.
    func refusal(of port: UInt16) -> AddressRefusal? {
        guard port < 1_024 else { return nil }
        return switch self {
        case .http, .https: port == 80 || port == 443 ? nil : .port(port)
        case .smtp, .smtps: port == 25 || port == 465 || port == 587 ? nil : .mailPort(port)
        }
    }
}

/// Why an address must not be called.
public enum AddressRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The service would call itself.
    case ownAddress
    /// A cloud's metadata service, which issues credentials.
    case metadata(IPAddress)
    /// In a network that is refused by default, possibly by the embedded IPv4 address.
    case network(String, carried: IPAddress?)
    /// Over http and outside the operator's networks.
    case plainHTTP
    /// A port not allowed for webhooks.
    case port(UInt16)
    /// A port not allowed for mail.
    case mailPort(UInt16)

    /// What is wrong and what to do, as the continuation of the address: `lies in a private network: let the operator …`.
    public var description: String {
        switch self {
        case .ownAddress:
            "is an address of this service, which a webhook must not call: use the receiver's address"
        case .metadata(let address):
            "is a cloud metadata service: "
                + "the operator can add \(CIDR(address, address.bits)) itself to DRUMBEAT_WEBHOOK_ALLOW"
        case .network(let name, nil):
            "is in \(name): the operator can add it to DRUMBEAT_WEBHOOK_ALLOW"
        case .network(let name, let carried?):
            "contains \(carried), which is in \(name): "
                + "the operator can add \(carried) to DRUMBEAT_WEBHOOK_ALLOW"
        case .plainHTTP:
            "uses http, which is allowed only inside DRUMBEAT_WEBHOOK_ALLOW: "
                + "use https, or ask the operator to add the address"
        case .port(0):
            "uses port 0, which is not valid: use a port from 1 to 65535"
        case .mailPort(let port):
            "uses port \(port), and of the ports below 1024 only 25, 465 and 587 are allowed for mail: "
                + "use another port, or ask the operator to add the address to DRUMBEAT_WEBHOOK_ALLOW"
        case .port(let port):
            "uses port \(port), and of the ports below 1024 only 80 and 443 are allowed: "
                + "use another port, or ask the operator to add the address to DRUMBEAT_WEBHOOK_ALLOW"
        }
    }
}
