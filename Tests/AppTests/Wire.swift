import Glibc
import JSON
import TestSupport
import Testing

/// One request over a plain socket, with a timeout on every wait.
struct Wire {
    struct ClientResponse {
        let status: Int
        let head: String
        let body: String

        var json: JSONValue? { try? JSONReader.read(Array(body.utf8), limits: .stored) }

        func string(_ name: String) -> String? {
            guard case .object(let object)? = json, case .string(let text)? = object[name] else { return nil }
            return text
        }

        func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map {
                String($0.dropFirst(name.count + 2))
            }
        }
    }

    private static let limitMilliseconds: Int32 = 20_000
    let address: String
    var token: String?

    /// Sends a request with `Connection: close`, and reads to the end.
    func ask(_ method: String, _ path: String, _ body: String? = nil, fields: [String] = []) throws
        -> ClientResponse
    {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(address)", "Connection: close"] + fields
        if let token { lines.append("Authorization: Bearer \(token)") }
        if let body {
            lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        }
        return try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// Sends the bytes and reads until the server closes.
    func send(_ text: String) throws -> ClientResponse {
        let port = try #require(Loopback.port(of: address))
        let descriptor = try #require(Loopback.connect(to: port), "no one listens on \(address)")
        defer { close(descriptor) }
        // A server that refuses early may have closed; its response can still be read.
        Loopback.send(Array(text.utf8), to: descriptor)
        return try Wire.parse(Wire.read(descriptor))
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, limitMilliseconds) > 0 else { return received }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return received }
            received += buffer[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> ClientResponse {
        let text = String(decoding: bytes, as: UTF8.self)
        let end = try #require(text.firstRange(of: "\r\n\r\n"), "no answer: \(text)")
        let head = String(text[..<end.lowerBound])
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return ClientResponse(status: status ?? 0, head: head, body: String(text[end.upperBound...]))
    }
}
