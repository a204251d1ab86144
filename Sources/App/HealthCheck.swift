import Glibc

/// Asks a running service whether it is ready, over plain sockets: for a container that has no curl.
public enum HealthCheck {
    /// How long the answer may take, in seconds.
    private static let timeoutSeconds = 3

    /// The status code of `GET /readyz` at an address; `nil` when nobody answers.
    ///
    /// `named` is what to call the service by: one of the hosts it answers for, when it does not answer for all.
    public static func status(of address: String, named name: String? = nil) -> Int? {
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
        let request = Array(
            "GET /readyz HTTP/1.1\r\nHost: \(name ?? address)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL))
        guard count >= 12 else { return nil }
        return Int(String(decoding: answer[9..<12], as: UTF8.self))
    }

    /// A listen address's host, where a client reaches it, and port.
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
