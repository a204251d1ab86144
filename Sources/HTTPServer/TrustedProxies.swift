import Addresses
import HTTP

/// Trusted proxies, whose `X-Forwarded-For` gives the client's address, in the form nginx, Caddy and HAProxy write it.
///
/// Each proxy appends the address of its peer, so the list is read from the end while the entries were written by trusted proxies.
/// Entries further left are forgeable. The field is ignored when the peer is not trusted.
public struct TrustedProxies: Sendable {
    /// Upper bound of hops; more indicates a loop or an attack.
    private static let hopsMax = 16

    private let networks: [CIDR]

    public init(_ networks: [CIDR]) {
        self.networks = networks
    }

    /// Whether the address belongs to a trusted proxy.
    public func contains(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address.unmapped) }
    }

    /// The client's address according to the trusted proxies; the peer's own when the list is empty or its last entry is not an address.
    public func client(_ fields: Fields, behind peer: IPAddress) -> IPAddress {
        var client = peer
        var hops = 0
        for line in fields.lines("x-forwarded-for").reversed() {
            for entry in line.split(separator: 0x2C, omittingEmptySubsequences: false).reversed() {
                hops += 1
                guard hops <= Self.hopsMax, let address = Self.address(entry) else { return client }
                client = address.unmapped
                guard contains(client) else { return client }
            }
        }
        return client
    }

    /// Parses one bare address between blanks, in strict notation. Ports, names and "unknown" are rejected.
    private static func address(_ entry: ArraySlice<UInt8>) -> IPAddress? {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = entry.firstIndex(where: { !isBlank($0) }),
            let last = entry.lastIndex(where: { !isBlank($0) }), last - first < 64
        else { return nil }
        return IPAddress(String(decoding: entry[first...last], as: UTF8.self))
    }
}
