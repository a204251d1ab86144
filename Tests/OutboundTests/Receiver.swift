import Glibc
import Platform
import Synchronization
import Testing

/// A webhook's receiver on 127.0.0.1 that behaves as a test wants: each connection has a thread, reads its
/// request, and then runs the behaviour.
final class Receiver: Sendable {
    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let connected = Mutex(0)

    /// A request as it came.
    struct Request: Sendable {
        /// Request line and headers, without the empty line.
        var head: [String] = []
        var body: [UInt8] = []

        func header(_ name: String) -> String? {
            head.first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    init(readsRequests: Bool = true, _ behaviour: @escaping @Sendable (Connection) -> Void) throws {
        let (descriptor, port) = try Receiver.listen()
        listener = descriptor
        self.port = port
        WorkerThread(name: "receiver") { [weak self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 else { return }
                self?.connected.withLock { $0 += 1 }
                WorkerThread(name: "connection") { [weak self] in
                    let connection = Connection(descriptor: accepted)
                    if !readsRequests {
                        behaviour(connection)
                    } else if let request = connection.readRequest() {
                        self?.seen.withLock { $0.append(request) }
                        behaviour(connection)
                    }
                    connection.close()
                }.start()
            }
        }.start()
    }

    deinit {
        // Only this wakes the thread in accept().
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// A receiver that sends one fixed answer and closes.
    static func answering(_ text: String) throws -> Receiver {
        try Receiver { connection in _ = connection.write(text) }
    }

    /// How many connections have come.
    var connections: Int { connected.withLock { $0 } }
    /// The complete requests so far.
    var requests: [Request] { seen.withLock { $0 } }

    func url(_ host: String = "127.0.0.1", scheme: String = "http") -> String {
        "\(scheme)://\(host):\(port)/hook"
    }

    /// A port on which nobody listens (any more).
    static func closedPort() throws -> UInt16 {
        let (descriptor, port) = try listen()
        Glibc.close(descriptor)
        return port
    }

    private static func listen() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(descriptor >= 0 && bound && Glibc.listen(descriptor, 128) == 0)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}

/// One connection of a receiver.
struct Connection: Sendable {
    let descriptor: Int32

    /// Sends all of it; `false` when the other side is gone.
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Returns when the other side has closed.
    func waitForClose() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }

    /// Returns when something has come.
    func waitForBytes() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        _ = recv(descriptor, &bytes, bytes.count, 0)
    }

    /// Keeps the kernel from taking megabytes that nobody reads.
    func shrinkSendBuffer() {
        var size: Int32 = 32_768
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() { Glibc.close(descriptor) }

    fileprivate func readRequest() -> Receiver.Request? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        let end = Array("\r\n\r\n".utf8)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece.prefix(count)
            guard let stop = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { continue }
            var request = Receiver.Request()
            request.head = String(decoding: bytes[..<stop], as: UTF8.self).split(separator: "\r\n").map(
                String.init)
            request.body = Array(bytes[(stop + end.count)...])
            let length = request.header("content-length").flatMap { Int($0) } ?? 0
            while request.body.count < length {
                let more = recv(descriptor, &piece, piece.count, 0)
                guard more > 0 else { return nil }
                request.body += piece.prefix(more)
            }
            return request
        }
    }
}
