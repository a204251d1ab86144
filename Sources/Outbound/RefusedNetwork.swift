import Addresses
import Glibc

/// A network that webhooks must not reach unless the operator allows it.
struct RefusedNetwork {
    let range: CIDR
    /// The network's description, for messages.
    let name: String

    private init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ prefix: Int, _ name: String) {
        range = CIDR(.v4(a << 24 | b << 16 | c << 8), prefix)
        self.name = name
    }

    private init(_ high: UInt64, _ prefix: Int, _ name: String) {
        range = CIDR(.v6(UInt128(high) << 64), prefix)
        self.name = name
    }

    /// The first network that contains the address. The caller must unwrap IPv6 addresses that embed IPv4 ones.
    static func first(containing address: IPAddress) -> RefusedNetwork? {
        switch address {
        case .v4: ipv4.first { $0.range.contains(address) }
        case .v6: ipv6.first { $0.range.contains(address) } ?? (unicast.contains(address) ? nil : rest)
        }
    }

    /// Where clouds issue credentials. Most are inside networks that an operator may allow as a whole.
    static let metadata: Set<IPAddress> = [
        // 169.254.169.254: most clouds. fd00:ec2::254: Amazon.
        .v4(0xA9FE_A9FE), .v6(UInt128(0xFD00_0EC2_0000_0000 as UInt64) << 64 | 0x254),
        // 169.254.170.2 and 169.254.170.23, fd00:ec2::23: Amazon's containers.
        .v4(0xA9FE_AA02), .v4(0xA9FE_AA17), .v6(UInt128(0xFD00_0EC2_0000_0000 as UInt64) << 64 | 0x23),
        // fd20:ce::254: Google. 100.100.100.200: Alibaba. 168.63.129.16: Azure's host agent.
        .v6(UInt128(0xFD20_00CE_0000_0000 as UInt64) << 64 | 0x254), .v4(0x6464_64C8), .v4(0xA83F_8110),
        // 192.0.0.192: Oracle. fd00:42::42: Scaleway, whose IPv4 address is 169.254.42.42.
        .v4(0xC000_00C0), .v4(0xA9FE_2A2A), .v6(UInt128(0xFD00_0042_0000_0000 as UInt64) << 64 | 0x42),
    ]

    /// IANA's IPv4 special-purpose address registry.
    static let ipv4 = [
        RefusedNetwork(0, 0, 0, 8, "the unspecified-address network"),
        RefusedNetwork(10, 0, 0, 8, "a private network"),
        RefusedNetwork(100, 64, 0, 10, "the carrier-grade NAT network"),
        RefusedNetwork(127, 0, 0, 8, "the loopback network"),
        RefusedNetwork(169, 254, 0, 16, "the link-local network"),
        RefusedNetwork(172, 16, 0, 12, "a private network"),
        RefusedNetwork(192, 0, 0, 24, "the network for protocol assignments"),
        RefusedNetwork(192, 0, 2, 24, "a network for documentation"),
        RefusedNetwork(192, 168, 0, 16, "a private network"),
        RefusedNetwork(198, 18, 0, 15, "a network for benchmarks"),
        RefusedNetwork(198, 51, 100, 24, "a network for documentation"),
        RefusedNetwork(203, 0, 113, 24, "a network for documentation"),
        RefusedNetwork(224, 0, 0, 4, "the multicast network"),
        RefusedNetwork(240, 0, 0, 4, "a reserved network"),
    ]

    /// IANA's IPv6 special-purpose address registry.
    static let ipv6 = [
        RefusedNetwork(0, 128, "the unspecified-address network"),
        RefusedNetwork(0, 127, "the loopback network"),
        RefusedNetwork(0xFC00_0000_0000_0000, 7, "a private network"),
        RefusedNetwork(0xFE80_0000_0000_0000, 10, "the link-local network"),
        RefusedNetwork(0xFEC0_0000_0000_0000, 10, "a private network"),
        RefusedNetwork(0xFF00_0000_0000_0000, 8, "the multicast network"),
        RefusedNetwork(0x2001_0DB8_0000_0000, 32, "a network for documentation"),
        RefusedNetwork(0x3FFF_0000_0000_0000, 20, "a network for documentation"),
        RefusedNetwork(0x2001_0000_0000_0000, 32, "the Teredo network"),
    ]

    /// Global unicast (RFC 4291 §2.4). Everything outside is refused as a whole, such as local-use NAT64 (64:ff9b:1::/48), which embeds
    /// IPv4 addresses at positions that only the network knows.
    private static let unicast = CIDR(.v6(UInt128(0x2000_0000_0000_0000 as UInt64) << 64), 3)
    private static let rest = RefusedNetwork(0, 0, "a network outside the global unicast range")
}

extension IPAddress {
    /// The current addresses of the machine's interfaces; empty when the kernel returns an error.
    @Sendable public static func ofThisMachine() -> [IPAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var addresses: [IPAddress] = []
        var next = first
        while let interface = next {
            if let address = interface.pointee.ifa_addr.flatMap({ IPAddress($0) }) {
                addresses.append(address)
            }
            next = interface.pointee.ifa_next
        }
        return addresses
    }
}
