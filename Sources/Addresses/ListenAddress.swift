/// A numeric address and a port to listen on; `0.0.0.0` and `::` mean all interfaces.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    /// 0 lets the system choose a port.
    public let port: UInt16

    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Parses `127.0.0.1:8080` or `[::1]:8080`; `nil` for a host name or without a port.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let end = Authority.hostEnd(bytes.span, 0..<bytes.count), end < bytes.count,
            let port = Authority.port(bytes.span, end + 1..<bytes.count)
        else { return nil }
        // IPv6 requires brackets, so that the last group of a bare IPv6 address is not taken as a port; IPv4 allows none.
        let isBracketed = bytes.first == UInt8(ascii: "[")
        let host = isBracketed ? bytes[1..<end - 1] : bytes[..<end]
        guard let address = IPAddress(String(decoding: host, as: UTF8.self)),
            isBracketed == (address.bits == 128)
        else { return nil }
        self.init(address: address, port: port)
    }

    /// In the form that `init` parses: `127.0.0.1:8080`, `[::1]:8080`.
    public var description: String {
        switch address {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}
