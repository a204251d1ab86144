/// A network: all addresses that share the first bits.
public struct CIDR: Hashable, Sendable, CustomStringConvertible {
    /// Its lowest address.
    public let network: IPAddress
    /// How many leading bits are shared: 0–32, or 0–128.
    public let prefix: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or one bare address, which means itself alone.
    ///
    /// Host bits are refused, not masked: whoever writes `10.1.2.3/8` may mean one machine, and would open
    /// sixteen million. So are networks of IPv6 addresses that carry an IPv4 address: those are judged by
    /// the address they carry.
    public init(_ text: String) throws(CIDRFault) {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(decoding: first, as: UTF8.self)) else {
            throw .malformed(text)
        }
        var prefix = address.bits
        if parts.count == 2 {
            guard let written = CIDR.prefix(parts[1]), written <= address.bits else { throw .malformed(text) }
            prefix = written
        }
        let network = address.masked(to: prefix)
        guard network == address else {
            throw .hostBits(text, network: "\(network)/\(prefix)", single: "\(address)/\(address.bits)")
        }
        if let carried = address.carried { throw .carriesIPv4(text, carried.description) }
        self.network = network
        self.prefix = prefix
    }

    /// A network that the source itself names; host bits are cut off.
    public init(_ address: IPAddress, _ prefix: Int) {
        network = address.masked(to: prefix)
        self.prefix = prefix
    }

    /// Whether the address lies in it; never, when it is of the other family.
    public func contains(_ address: IPAddress) -> Bool {
        address.bits == network.bits && address.masked(to: prefix) == network
    }

    /// `10.0.0.0/8`
    public var description: String { "\(network)/\(prefix)" }

    /// Whether it is that one address and no other.
    public func isOnly(_ address: IPAddress) -> Bool {
        prefix == network.bits && network == address
    }

    /// One to three digits without a leading zero.
    private static func prefix(_ digits: Substring.UTF8View.SubSequence) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != 0x30
        else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}

/// Why a text is not a network.
public enum CIDRFault: Error, Equatable, CustomStringConvertible {
    /// It is neither an address nor an address and a prefix.
    case malformed(String)
    /// Bits behind the prefix are set; the two networks that may be meant.
    case hostBits(String, network: String, single: String)
    /// It is an IPv6 spelling of that IPv4 address.
    case carriesIPv4(String, String)

    /// What is wrong and what to write instead.
    public var description: String {
        switch self {
        case .malformed(let text):
            "\"\(text)\" is not a network: use the form 10.0.0.0/8, fd00::/8 or one address"
        case .hostBits(let text, let network, let single):
            "\"\(text)\" is an address inside a network: "
                + "write \(network) for the network or \(single) for the address"
        case .carriesIPv4(let text, let address):
            "\"\(text)\" contains an IPv4 address: write the IPv4 network of \(address) instead"
        }
    }
}

extension IPAddress {
    /// 32 or 128.
    public var bits: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The address with all bits behind the prefix cleared.
    public func masked(to prefix: Int) -> IPAddress {
        // Swift's smart shift gives 0 when it shifts by the full width, so /0 needs no case of its own.
        switch self {
        case .v4(let number): .v4(number & (UInt32.max << (32 - prefix)))
        case .v6(let number): .v6(number & (UInt128.max << (128 - prefix)))
        }
    }
}
