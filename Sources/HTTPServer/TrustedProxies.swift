import Addresses
import HTTP

/// The proxies whose word on their clients' addresses is taken, in `X-Forwarded-For` as nginx, Caddy and HAProxy write it.
///
/// Each proxy appends the address it was called from, so the list is read from its end for as long as members wrote it: what stands
/// further left came from outside and may be anything. What others than members send is not looked at.
public struct TrustedProxies: Sendable {
    /// Hops that are followed; more is a loop or a jest.
    private static let hopsMax = 16

    private let networks: [CIDR]

    /// The proxies of those networks; none for an empty list.
    public init(_ networks: [CIDR]) {
        self.networks = networks
    }

    /// Whether the address is a member's.
    public func contains(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address.unmapped) }
    }

    /// The last address that a member vouches for; the peer's own when its list is empty or begins with no address.
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

    /// One bare address between blanks, in its strict spelling; ports, names and "unknown" are no addresses.
    private static func address(_ entry: ArraySlice<UInt8>) -> IPAddress? {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = entry.firstIndex(where: { !isBlank($0) }),
            let last = entry.lastIndex(where: { !isBlank($0) }), last - first < 64
        else { return nil }
        return IPAddress(String(decoding: entry[first...last], as: UTF8.self))
    }
}
