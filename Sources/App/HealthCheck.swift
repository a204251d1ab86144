import Glibc

/// Asks a running service whether it is ready, over plain sockets: for a container without curl.
public enum HealthCheck {
    public struct ProbeResponse: Sendable, Equatable {
        /// The status code: 200 when the service is ready.
        public let status: Int
        /// JSON, with the checks if a valid token was sent.
        public let body: [UInt8]
    }

    /// Timeout of the response.
    private static let timeoutSeconds = 3
    /// Upper bound of the bytes read.
    private static let answerBytesMax = 65_536

    /// The response to `GET /readyz`; `nil` when there is none.
    ///
    /// `named` is the `Host` to send: one of the accepted hosts, if the service restricts them. With a valid `token` the response names
    /// failing checks; an invalid one has no effect.
    public static func ask(_ address: String, named name: String?, token: String?) -> ProbeResponse? {
        guard let (host, port) = split(address) else { return nil }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let info = found else { return nil }
        defer { freeaddrinfo(found) }
        let descriptor = socket(info.pointee.ai_family, info.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        guard connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 else { return nil }
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let request = Array(
            "GET /readyz HTTP/1.1\r\nHost: \(name ?? address)\r\n\(authorization)Connection: close\r\n\r\n"
                .utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: answerBytesMax)
        // The server closes after its response, which ends the wait.
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_WAITALL))
        guard count >= 12, let status = Int(String(decoding: bytes[9..<12], as: UTF8.self)) else {
            return nil
        }
        bytes.removeLast(bytes.count - count)
        let gap = bytes.indices.first { bytes[$0...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) }
        return ProbeResponse(status: status, body: gap.map { Array(bytes[($0 + 4)...]) } ?? [])
    }

    /// Host and port of a listening address, as a client reaches it.
    private static func split(_ address: String) -> (host: String, port: String)? {
        guard let colon = address.lastIndex(of: ":") else { return nil }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        let port = String(address[address.index(after: colon)...])
        switch host {
        case "0.0.0.0", "": return ("127.0.0.1", port)
        case "::": return ("::1", port)
        default: return (String(host), port)
        }
    }
}
