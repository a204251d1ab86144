import Dispatch
import Glibc
import JSON
import Platform
import Synchronization
import Testing

/// A webhook's receiver on 127.0.0.1 that answers 200 and keeps what came, in order.
final class Receiver: Sendable {
    /// A request as it came.
    struct Message: Sendable {
        var head: [String] = []
        var body: [UInt8] = []

        func field(_ name: String) -> String {
            let line = head.first { $0.lowercased().hasPrefix(name + ":") } ?? ""
            return String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }

        var id: String { field("webhook-id") }
        var json: JSONValue? { try? JSONReader.read(body, limits: .stored) }
        var type: String? { json?["type"]?.text }
        var nag: JSONValue? { json?["data"]?["nag"] }
        var nagNumber: Int? { nag?["number"]?.number }
    }

    let port: UInt16
    private let listener: Int32
    private let waiting = Mutex<[Message]>([])
    private let arrived = DispatchSemaphore(value: 0)

    /// `beforeAnswer` is run before a message is acknowledged; such a receiver shows it only once the sender has seen the answer.
    init(beforeAnswer: (@Sendable () -> Void)? = nil) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(listener >= 0 && bound && listen(listener, 64) == 0)
        port = UInt16(bigEndian: address.sin_port)
        WorkerThread(name: "receiver") { [weak self, listener] in
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { return }
                if let message = Self.read(accepted) {
                    // Kept before it is acknowledged: a sender killed in between sends it again.
                    if beforeAnswer == nil { self?.waiting.withLock { $0.append(message) } }
                    beforeAnswer?()
                    let answer = Array(
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                    send(accepted, answer, answer.count, Int32(MSG_NOSIGNAL))
                    if beforeAnswer != nil {
                        Self.waitForClose(accepted)
                        self?.waiting.withLock { $0.append(message) }
                    }
                    self?.arrived.signal()
                }
                close(accepted)
            }
        }.start()
    }

    deinit {
        // Only this wakes the thread in accept().
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// The next message, in order of arrival; `nil` when none came in time.
    func next(within limit: Duration) -> Message? {
        let deadline = Deadline(limit)
        while true {
            let message = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let message { return message }
            if deadline.hasPassed { return nil }
            _ = arrived.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1))
        }
    }

    /// The sender closes once it has read the answer.
    private static func waitForClose(_ descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 64)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }

    private static func read(_ descriptor: Int32) -> Message? {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let end = Array("\r\n\r\n".utf8)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
            guard let stop = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { continue }
            var message = Message()
            message.head = String(decoding: bytes[..<stop], as: UTF8.self).split(separator: "\r\n").map(
                String.init)
            message.body = Array(bytes[(stop + end.count)...])
            if message.body.count >= Int(message.field("content-length")) ?? 0 { return message }
        }
    }
}
