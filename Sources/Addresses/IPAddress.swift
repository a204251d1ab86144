import Glibc

/// An IPv4 or IPv6 address as a number, without zone and port.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, most significant first.
    case v4(UInt32)
    /// Sixteen bytes, most significant first.
    case v6(UInt128)

    /// Parses strict notation only (RFC 4291 §2.2; dotted decimal without leading zeros); `nil` for anything else.
    public init?(_ text: String) {
        // A NUL would end the C string early and hide the rest of the text.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self = .v6(IPAddress.number(sixteen))
        } else {
            return nil
        }
    }

    /// The address of a socket address of family `AF_INET` or `AF_INET6`; `nil` for another family.
    ///
    /// The memory must be at least as long as the family's struct.
    public init?(_ pointer: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            self = .v4(UInt32(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            self = .v6(IPAddress.number(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr))
        default:
            return nil
        }
    }

    /// Canonical text: `10.1.2.3`, `fe80::1`.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch self {
        case .v4(let number):
            var address = in_addr(s_addr: number.bigEndian)
            _ = inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        case .v6(let number):
            var bytes = number.bigEndian
            _ = inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `0.0.0.0` or `::`.
    public var isUnspecified: Bool {
        switch self {
        case .v4(let number): number == 0
        case .v6(let number): number == 0
        }
    }

    /// In `127.0.0.0/8`, or `::1`.
    public var isLoopback: Bool {
        switch self {
        case .v4(let number): number >> 24 == 127
        case .v6(let number): number == 1
        }
    }

    /// The embedded IPv4 address of an IPv4-mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052) or 6to4 (RFC 3056) address; `nil` if there is
    /// none.
    public var carried: IPAddress? {
        guard case .v6(let number) = self else { return nil }
        let upper = number >> 32
        if upper == 0xFFFF || upper == 0x64_FF9B << 64 {
            return .v4(UInt32(truncatingIfNeeded: number))
        }
        return number >> 112 == 0x2002 ? .v4(UInt32(truncatingIfNeeded: number >> 80)) : nil
    }

    /// The IPv4 address of an IPv4-mapped one, by which a dual-stack socket names its IPv4 peers; any other address unchanged.
    public var unmapped: IPAddress {
        guard case .v6(let number) = self, number >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: number))
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { bytes in bytes.reduce(0) { $0 << 8 | UInt128($1) } }
    }
}
