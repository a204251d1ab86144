import Dispatch
import Glibc
import Synchronization
import Threads

/// A webhook receiver on 127.0.0.1 with a given behaviour. Each connection has a thread that reads the request and then runs the behaviour.
package final class Receiver: Sendable {
    /// A received request.
    package struct Request: Sendable {
        /// Request line and headers, without the empty line.
        package var head: [String] = []
        package var body: [UInt8] = []

        /// The value of a header; `name` must be in lower case.
        package func header(_ name: String) -> String? {
            head.first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    /// When a request becomes visible to the test.
    package enum Keeping: Sendable {
        /// Before the behaviour runs, so that the request of a sender killed during the wait is visible.
        case onArrival
        /// After the sender has read the response and closed.
        case onceClosed
        /// Never: the behaviour reads the request itself.
        case never
    }

    package let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    /// Number of requests that `next` has returned.
    private let taken = Mutex(0)
    private let connected = Mutex(0)
    private let arrived = DispatchSemaphore(value: 0)

    package init(
        keeping: Keeping = .onArrival, _ behaviour: @escaping @Sendable (Connection) -> Void
    ) throws {
        let (descriptor, port) = try Loopback.listen()
        listener = descriptor
        self.port = port
        WorkerThread(name: "receiver") { [weak self] in
            // Only this thread closes the descriptor. Otherwise it could accept on a number reused by another listener.
            defer { close(descriptor) }
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 else { return }
                self?.connected.withLock { $0 += 1 }
                WorkerThread(name: "connection") { [weak self] in
                    let connection = Connection(descriptor: accepted)
                    defer { connection.close() }
                    if keeping == .never { return behaviour(connection) }
                    guard let request = connection.readRequest() else { return }
                    if keeping == .onArrival { self?.keep(request) }
                    behaviour(connection)
                    if keeping == .onceClosed {
                        connection.waitForClose()
                        self?.keep(request)
                    }
                }.start()
            }
        }.start()
    }

    deinit {
        // Ends the thread in accept().
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A receiver that sends one fixed response and closes.
    package static func answering(_ text: String) throws -> Receiver {
        try Receiver { connection in _ = connection.write(text) }
    }

    /// A receiver that responds with 200, after running `beforeAnswer`. A request becomes visible only after the sender has read the
    /// response.
    package static func accepting(beforeAnswer: (@Sendable () -> Void)? = nil) throws -> Receiver {
        try Receiver(keeping: beforeAnswer == nil ? .onArrival : .onceClosed) { connection in
            beforeAnswer?()
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
    }

    /// Number of accepted connections.
    package var connections: Int { connected.withLock { $0 } }

    /// The complete requests so far, in order of arrival.
    package var requests: [Request] { seen.withLock { $0 } }

    package func url(_ host: String = "127.0.0.1", scheme: String = "http") -> String {
        "\(scheme)://\(host):\(port)/hook"
    }

    /// The next request that has not been returned yet; `nil` on timeout.
    package func next(within limit: Duration) -> Request? {
        let deadline = Deadline(limit)
        while true {
            let requests = requests
            let index = taken.withLock { taken -> Int? in
                guard taken < requests.count else { return nil }
                defer { taken += 1 }
                return taken
            }
            if let index { return requests[index] }
            if deadline.hasPassed { return nil }
            _ = arrived.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1))
        }
    }

    private func keep(_ request: Request) {
        seen.withLock { $0.append(request) }
        arrived.signal()
    }
}

/// One connection of a receiver.
package struct Connection: Sendable {
    package let descriptor: Int32

    /// Sends all bytes; `false` if the peer has disconnected.
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    package func write(_ bytes: [UInt8]) -> Bool { Loopback.send(bytes, to: descriptor) }

    /// Returns when the peer has closed.
    package func waitForClose() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }

    /// Returns when bytes have arrived.
    package func waitForBytes() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        _ = recv(descriptor, &bytes, bytes.count, 0)
    }

    /// So that the kernel does not buffer megabytes that no one reads.
    package func shrinkSendBuffer() {
        var size: Int32 = 32_768
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() { Glibc.close(descriptor) }

    /// A complete request; `nil` if the sender closes early or sends nothing for ten seconds.
    func readRequest() -> Receiver.Request? {
        setReadLimit(seconds: 10)
        defer { setReadLimit(seconds: 0) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
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

    /// 0 means no limit.
    private func setReadLimit(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
}
