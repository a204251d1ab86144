import Addresses
import Glibc

/// A numeric address and port: "127.0.0.1:8080" or "[::1]:8080".
struct SocketAddress: Sendable {
    private var storage: sockaddr_storage

    /// Parses the text; `nil` unless it is a numeric address with a port of 0…65535.
    init?(_ text: String) {
        guard let place = ListenAddress(text) else { return nil }
        storage = sockaddr_storage()
        switch place.address {
        case .v4(let number):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = place.port.bigEndian
            address.sin_addr.s_addr = number.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        case .v6(let number):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = place.port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: number.bigEndian, as: UInt128.self)
            }
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        }
    }

    private init(_ storage: sockaddr_storage) {
        self.storage = storage
    }

    /// The address that `fill` writes, for calls such as getsockname or accept4; `nil` when `fill` returns a negative number.
    static func filled(by fill: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32) -> (Self, Int32)?
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
        }
        return result < 0 ? nil : (SocketAddress(storage), result)
    }

    /// `AF_INET` or `AF_INET6`.
    var family: Int32 { Int32(storage.ss_family) }

    func withC<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    private var ipv4: sockaddr_in { withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) } }
    private var ipv6: sockaddr_in6 {
        withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
    }

    var port: UInt16 { UInt16(bigEndian: family == AF_INET ? ipv4.sin_port : ipv6.sin6_port) }

    /// The address without its port.
    var host: String {
        var text: [CChar] = Array(repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if family == AF_INET {
            var address = ipv4.sin_addr
            _ = inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = ipv6.sin6_addr
            _ = inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Address and port, in the form that `init` parses.
    var text: String { family == AF_INET ? "\(host):\(port)" : "[\(host)]:\(port)" }

    /// The address as a number, with an IPv4-mapped one as IPv4, for comparing it with networks.
    var number: IPAddress? { withC { address, _ in IPAddress(address) }?.unmapped }

    /// Key of the per-address limit: one IPv4 address, or one IPv6 /64 network, because one client can have all addresses of that.
    var origin: UInt64 {
        guard family != AF_INET else { return UInt64(UInt32(bigEndian: ipv4.sin_addr.s_addr)) }
        let bytes = withUnsafeBytes(of: ipv6.sin6_addr) { Array($0) }
        let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        return (isMapped ? bytes.suffix(4) : bytes.prefix(8)).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
