import Dispatch
import Glibc
import Synchronization
import Threads

/// A webhook's receiver on 127.0.0.1 that behaves as a test wants: each connection has a thread, reads its
/// request, and then runs the behaviour.
package final class Receiver: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        /// Request line and headers, without the empty line.
        package var head: [String] = []
        package var body: [UInt8] = []

        /// The value of a header, whose name is given in lower case.
        package func header(_ name: String) -> String? {
            head.first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    /// When a request is kept for the test to see.
    package enum Keeping: Sendable {
        /// Before the behaviour: a sender that is killed while it waits for the answer was heard.
        case onArrival
        /// After the sender has seen the answer and closed.
        case onceClosed
        /// Never: the behaviour reads for itself.
        case never
    }

    package let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    /// How many of those `next` has returned.
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
            // Closed by this thread alone: otherwise it could accept once more on a number that is another's listener by then.
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

    /// A receiver that sends one fixed answer and closes.
    package static func answering(_ text: String) throws -> Receiver {
        try Receiver { connection in _ = connection.write(text) }
    }

    /// A receiver that answers 200. `beforeAnswer` is run before it does; such a receiver shows a request only once the
    /// sender has seen the answer.
    package static func accepting(beforeAnswer: (@Sendable () -> Void)? = nil) throws -> Receiver {
        try Receiver(keeping: beforeAnswer == nil ? .onArrival : .onceClosed) { connection in
            beforeAnswer?()
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
    }

    /// How many connections have come.
    package var connections: Int { connected.withLock { $0 } }

    /// The complete requests so far, in order of arrival.
    package var requests: [Request] { seen.withLock { $0 } }

    package func url(_ host: String = "127.0.0.1", scheme: String = "http") -> String {
        "\(scheme)://\(host):\(port)/hook"
    }

    /// The next request that was not returned yet; `nil` when none came in time.
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

    /// Sends all of it; `false` when the other side is gone.
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    package func write(_ bytes: [UInt8]) -> Bool { Loopback.send(bytes, to: descriptor) }

    /// Returns when the other side has closed.
    package func waitForClose() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }

    /// Returns when something has come.
    package func waitForBytes() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        _ = recv(descriptor, &bytes, bytes.count, 0)
    }

    /// Keeps the kernel from taking megabytes that nobody reads.
    package func shrinkSendBuffer() {
        var size: Int32 = 32_768
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() { Glibc.close(descriptor) }

    /// A whole request; `nil` when the sender stops before its end, or for ten seconds.
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

    /// 0 is no limit.
    private func setReadLimit(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
}
