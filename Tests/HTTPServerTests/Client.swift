import Glibc
import HTTPServer
import TestSupport

/// A client with a plain socket and a timeout on every wait.
final class Client {
    /// A received response.
    struct ClientResponse {
        let status: Int
        let head: String
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var closes: Bool { head.contains("\r\nConnection: close\r\n") }
    }

    static let limitMilliseconds: Int32 = 5_000

    private(set) var descriptor: Int32
    private var received: [UInt8] = []

    /// Connects to "127.0.0.1:port"; `nil` on failure.
    init?(_ address: String, receiveBufferBytes: Int32? = nil) {
        guard let port = Loopback.port(of: address),
            let descriptor = Loopback.connect(to: port, receiveBufferBytes: receiveBufferBytes)
        else { return nil }
        self.descriptor = descriptor
    }

    deinit { close() }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Closes with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    /// Shuts down sending (half-close).
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) { Loopback.send(bytes, to: descriptor) }

    func get(_ path: String, _ fields: String = "") {
        send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    }

    /// Whether bytes or the end arrive in time.
    func hasSomething(withinMilliseconds limit: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return !received.isEmpty || poll(&waiting, 1, limit) > 0
    }

    /// Whether the server resets the connection in time. Reads nothing.
    func isReset() -> Bool {
        var waiting = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&waiting, 1, Self.limitMilliseconds) > 0 && waiting.revents & Int16(POLLERR) != 0
    }

    /// Reads once; `false` at the end, after a reset, or on timeout.
    private func receive() -> Bool {
        guard waits() else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        received += buffer[..<count]
        return true
    }

    private func waits() -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, Self.limitMilliseconds) > 0
    }

    /// The next response; `nil` if none arrives.
    func answer(toHead isHead: Bool = false) -> ClientResponse? {
        guard let head = readHead() else { return nil }
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let lengthLine = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let length = lengthLine.flatMap { Int($0.dropFirst(16)) } ?? 0
        guard !isHead, length > 0 else { return ClientResponse(status: status, head: head, body: []) }
        while received.count < length {
            guard receive() else { return nil }
        }
        let body = Array(received[..<length])
        received.removeFirst(length)
        return ClientResponse(status: status, head: head, body: body)
    }

    /// Reads up to and including `text`; `nil` if it does not arrive.
    func read(to text: String) -> String? {
        let wanted = Array(text.utf8)
        var from = 0
        while true {
            if received.count >= wanted.count, from <= received.count - wanted.count,
                let start = (from...received.count - wanted.count).first(where: {
                    received[$0..<$0 + wanted.count].elementsEqual(wanted)
                })
            {
                let head = String(decoding: received[..<(start + wanted.count)], as: UTF8.self)
                received.removeFirst(start + wanted.count)
                return head
            }
            from = max(0, received.count - wanted.count + 1)
            guard receive() else { return nil }
        }
    }

    private func readHead() -> String? {
        while true {
            if let end = endOfHead() {
                let head = String(decoding: received[..<end], as: UTF8.self)
                received.removeFirst(end)
                return head
            }
            guard receive() else { return nil }
        }
    }

    private func endOfHead() -> Int? {
        guard received.count >= 4 else { return nil }
        return (0...received.count - 4).first { received[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8) }.map {
            $0 + 4
        }
    }

    /// Whether the server closes in time without sending another byte.
    func isClosed() -> Bool {
        guard received.isEmpty, waits() else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) <= 0
    }
}
