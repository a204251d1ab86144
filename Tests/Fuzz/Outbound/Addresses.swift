import Addresses

@testable import Outbound

/// A webhook's URL: an accepted one leads to a public address, according to a separate bitwise check.
enum URLs {
    private static let closed = AddressGuard(allowed: [], interfaces: { [] })

    @Sendable static func check(_ input: Bytes) {
        let given = text(input)
        guard let url = try? WebhookURL(given, schemes: WebScheme.web) else { return }
        demand(given.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "odd bytes came through: \(given)")
        demand(
            !url.host.isEmpty && !url.host.utf8.contains { "@/?#".utf8.contains($0) },
            "the host is \(url.host)")
        guard url.refusal(by: closed) == nil else { return }
        demand(url.scheme == .https, "plain http was let through: \(given)")
        demand(
            url.port == 80 || url.port == 443 || url.port >= 1_024,
            "port \(url.port) was let through: \(given)")
        if let literal = url.literal {
            demand(Outside.holds(literal), "\(literal) was let through: \(given)")
        }
        demand(
            !["localhost", "localhost."].contains(url.host.lowercased()),
            "localhost was let through: \(given)")
    }
}

/// Networks and addresses: membership, compared with a bitwise check.
enum Networks {
    @Sendable static func check(_ input: Bytes) {
        let parts = text(input).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let address = parts.last.flatMap { IPAddress($0) }
        if let address {
            demand(IPAddress(address.description) == address, "\(address) is read as another address")
            checkGuard(address)
        }
        guard let network = parts.first.flatMap({ try? CIDR($0) }) else { return }
        demand((try? CIDR(network.description)) == network, "\(network) is read as another network")
        demand(network.contains(network.network), "\(network) does not hold its own address")
        guard let address else { return }
        let expected = Outside.isMember(address, of: network.network, prefix: network.prefix)
        demand(network.contains(address) == expected, "\(address) in \(network): \(!expected)")
    }

    private static func checkGuard(_ address: IPAddress) {
        let closed = AddressGuard(allowed: [], interfaces: { [] })
        if closed.refusal(of: address, port: 443, scheme: .https) == nil {
            demand(Outside.holds(address), "\(address) was let through")
        }
        let own = ListenAddress(address: address, port: 8_080)
        let listening = AddressGuard(allowed: [], listening: [own], interfaces: { [] })
        demand(
            listening.refusal(of: address, port: 8_080, scheme: .https) == .ownAddress,
            "\(address) may be called though we listen there")
    }
}

/// Public addresses, by their first bits: a separate list, to compare with the product's.
enum Outside {
    private static let inside4 = [
        "00000000", "00001010", "0110010001", "01111111", "1010100111111110", "101011000001",
        "110000000000000000000000", "110000000000000000000010", "1100000010101000", "110001100001001",
        "110001100011001101100100", "110010110000000001110001", "1110", "1111",
    ]
    private static let teredo = "00100000000000010000000000000000"
    private static let documentation = "00100000000000010000110110111000"
    private static let sixToFour = "0010000000000010"
    private static let nat64 = "00000000011001001111111110011011" + String(repeating: "0", count: 64)
    private static let mapped = String(repeating: "0", count: 80) + String(repeating: "1", count: 16)

    static func holds(_ address: IPAddress) -> Bool {
        let bits = bits(address)
        if case .v4 = address { return !inside4.contains { bits.hasPrefix($0) } }
        for prefix in [nat64, mapped] where bits.hasPrefix(prefix) {
            return !inside4.contains { bits.dropFirst(96).hasPrefix($0) }
        }
        if bits.hasPrefix(sixToFour) { return !inside4.contains { bits.dropFirst(16).hasPrefix($0) } }
        return bits.hasPrefix("001") && !bits.hasPrefix(teredo) && !bits.hasPrefix(documentation)
    }

    static func isMember(_ address: IPAddress, of network: IPAddress, prefix: Int) -> Bool {
        let (own, other) = (bits(address), bits(network))
        return own.utf8.count == other.utf8.count && own.prefix(prefix) == other.prefix(prefix)
    }

    /// The IPv4 address of an IPv4-mapped IPv6 address (80 zero bits, 16 one bits), else the address itself.
    static func unmapped(_ address: IPAddress) -> IPAddress {
        guard case .v6(let number) = address, bits(address).hasPrefix(mapped) else { return address }
        return .v4(UInt32(truncatingIfNeeded: number))
    }

    private static func bits(_ address: IPAddress) -> String {
        let (digits, width) =
            switch address {
            case .v4(let number): (String(number, radix: 2), 32)
            case .v6(let number): (String(number, radix: 2), 128)
            }
        return String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
