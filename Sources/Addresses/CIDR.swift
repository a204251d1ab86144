/// An IP network in CIDR notation: all addresses that share the first `prefix` bits.
public struct CIDR: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address.
    public let network: IPAddress
    /// Number of shared leading bits: 0–32 for IPv4, 0–128 for IPv6.
    public let prefix: Int

    /// Parses `10.0.0.0/8`, `fd00::/8`, or a single address, which is a network of one address.
    ///
    /// Host bits are refused, not masked: `10.1.2.3/8` may be meant as one machine, and masking would allow sixteen million addresses.
    /// Networks of IPv6 addresses that embed an IPv4 address are refused too, because such addresses are checked by the embedded address.
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

    /// For constants in the source. Host bits are masked.
    public init(_ address: IPAddress, _ prefix: Int) {
        network = address.masked(to: prefix)
        self.prefix = prefix
    }

    /// Always `false` for an address of the other family.
    public func contains(_ address: IPAddress) -> Bool {
        address.bits == network.bits && address.masked(to: prefix) == network
    }

    /// `10.0.0.0/8`
    public var description: String { "\(network)/\(prefix)" }

    /// Whether the network consists of this address alone.
    public func isOnly(_ address: IPAddress) -> Bool {
        prefix == network.bits && network == address
    }

    /// One to three digits without leading zeros.
    private static func prefix(_ digits: Substring.UTF8View.SubSequence) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != 0x30
        else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}

/// Why a text is not a valid network.
public enum CIDRFault: Error, Equatable, CustomStringConvertible {
    /// Neither an address nor an address with a prefix.
    case malformed(String)
    /// Host bits are set. `network` and `single` are the two networks that may have been meant.
    case hostBits(String, network: String, single: String)
    /// An IPv6 notation of that IPv4 address.
    case carriesIPv4(String, String)

    /// What is wrong and what to write instead.
    public var description: String {
        switch self {
        case .malformed(let text):
            "\"\(text)\" is not a network: use the form 10.0.0.0/8, fd00::/8 or one address"
        case .hostBits(let text, let network, let single):
            "\"\(text)\" has bits set after its prefix (host bits): "
                + "write \(network) for the network or \(single) for the address"
        case .carriesIPv4(let text, let address):
            "\"\(text)\" contains an IPv4 address: write the IPv4 network of \(address) instead"
        }
    }
}

extension IPAddress {
    /// Length of an address in bits: 32 or 128.
    public var bits: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The address with all bits after the prefix cleared.
    public func masked(to prefix: Int) -> IPAddress {
        // A smart shift by the full width gives 0 in Swift, so /0 needs no case of its own.
        switch self {
        case .v4(let number): .v4(number & (UInt32.max << (32 - prefix)))
        case .v6(let number): .v6(number & (UInt128.max << (128 - prefix)))
        }
    }
}
