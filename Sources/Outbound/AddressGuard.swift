import Addresses

/// Decides which socket addresses a webhook may reach.
///
/// Whoever registers a webhook makes this service call an address from inside its network; the guard keeps
/// such calls out of everything the operator did not open. It judges what is about to be connected, after
/// the name was resolved: the only place where no spelling and no second DNS answer gets past.
public struct AddressGuard: Sendable {
    /// Networks that the operator opened, over http too and on any port.
    public let allowed: [CIDR]
    /// Where this service itself listens. Set after `bind`, which may choose the port.
    public var listening: [ListenAddress]
    private let interfaces: @Sendable () -> [IPAddress]

    /// A guard with the operator's networks (`DRUMBEAT_WEBHOOK_ALLOW`).
    ///
    /// `interfaces` gives the machine's own addresses; it is asked only when a wildcard listener has the
    /// port in question.
    public init(
        allowed: [CIDR], listening: [ListenAddress] = [],
        interfaces: @escaping @Sendable () -> [IPAddress]
    ) {
        self.allowed = allowed
        self.listening = listening
        self.interfaces = interfaces
    }

    /// Why that address must not be called; `nil` when it may be.
    ///
    /// An IPv6 address that carries an IPv4 address is judged as the latter, also by the operator's networks.
    public func refusal(of address: IPAddress, port: UInt16, scheme: WebScheme) -> AddressRefusal? {
        let judged = address.carried ?? address
        if isOwn(judged, port: port) { return .ownAddress }
        if port == 0 { return .port(port) }
        if RefusedNetwork.metadata.contains(judged) {
            // A wide network, such as 169.254.0.0/16 or ::/0, is hardly meant to hand out the machine's
            // credentials.
            return allowed.contains { $0.isOnly(judged) } ? nil : .metadata(judged)
        }
        if allowed.contains(where: { $0.contains(judged) }) { return nil }
        if let network = RefusedNetwork.first(containing: judged) {
            return .network(network.name, carried: judged == address ? nil : judged)
        }
        if scheme == .http { return .plainHTTP }
        return port < 1_024 && port != 80 && port != 443 ? .port(port) : nil
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

/// The schemes a webhook's URL may have.
public enum WebScheme: String, Sendable {
    /// In the clear: only inside the operator's networks.
    case http
    /// Over TLS.
    case https
}

/// Why an address must not be called.
public enum AddressRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// This service listens there: it would call itself.
    case ownAddress
    /// A cloud's metadata service, which hands out credentials.
    case metadata(IPAddress)
    /// It lies in a network that is refused by default, perhaps by the IPv4 address it carries.
    case network(String, carried: IPAddress?)
    /// It is reached over http and lies outside the operator's networks.
    case plainHTTP
    /// A port where no webhook listens.
    case port(UInt16)

    /// What is wrong and what to do, to be read after the address: `lies in a private network: let the
    /// operator …`.
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
        case .port(let port):
            "uses port \(port), and of the ports below 1024 only 80 and 443 are allowed: "
                + "use another port, or ask the operator to add the address to DRUMBEAT_WEBHOOK_ALLOW"
        }
    }
}
