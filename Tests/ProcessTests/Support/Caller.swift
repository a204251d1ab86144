import Glibc
import JSON
import TestSupport

/// A received response.
struct ClientResponse: Sendable {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONReader.read(body, limits: .stored) }

    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The value of `Content-Length`.
    var length: Int { field("content-length").flatMap { Int($0) } ?? 0 }

    /// The slug of a problem; `nil` for other responses.
    var slug: String? {
        json?["type"]?.text.map { String($0.split(separator: "/").last ?? "") }
    }
}

/// A client with plain sockets: one connection per request, and a timeout on every wait.
struct Caller: Sendable {
    let port: UInt16
    var token: String?

    /// Connects to `127.0.0.1:PORT`.
    init?(_ address: String, token: String?) {
        guard let port = Loopback.port(of: address) else { return nil }
        self.port = port
        self.token = token
    }

    func get(_ path: String) -> ClientResponse? { send("GET", path) }

    func post(_ path: String, _ json: String, key: String? = nil) -> ClientResponse? {
        send("POST", path, json, key: key)
    }

    func put(_ path: String, _ json: String, key: String? = nil) -> ClientResponse? {
        send("PUT", path, json, key: key)
    }

    /// Sends one request; `nil` if no complete response arrived, so that its outcome is unknown.
    func send(_ method: String, _ path: String, _ json: String? = nil, key: String? = nil) -> ClientResponse?
    {
        guard let connection = PlainConnection(port: port) else { return nil }
        defer { connection.close() }
        guard connection.write(head(method, path, json?.utf8.count, key: key) + (json ?? "")) else {
            return nil
        }
        return connection.answer(toHead: method == "HEAD")
    }

    /// The head of a request, for tests that send it in pieces.
    func head(_ method: String, _ path: String, _ length: Int?, key: String? = nil) -> String {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let key { text += "Idempotency-Key: \(key)\r\n" }
        if let length { text += "Content-Type: application/json\r\nContent-Length: \(length)\r\n" }
        return text + "\r\n"
    }
}

/// One connection to a port of 127.0.0.1.
struct PlainConnection: Sendable {
    static let limit = Duration.seconds(15)

    private let descriptor: Int32

    init?(port: UInt16) {
        guard let descriptor = Loopback.connect(to: port) else { return nil }
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Int(Self.limit.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    func close() { Glibc.close(descriptor) }

    func write(_ text: String) -> Bool { Loopback.send(Array(text.utf8), to: descriptor) }

    /// The next bytes; `nil` at the end or on timeout.
    func read() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk.prefix(count)) : nil
    }

    /// Reads to the end and parses the response; `nil` if it is incomplete.
    func answer(toHead isHead: Bool = false) -> ClientResponse? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { break }
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
        }
        return PlainConnection.answer(bytes, toHead: isHead)
    }

    /// Outcome of a request on a kept-alive connection.
    enum Outcome {
        case answered(ClientResponse)
        /// The connection ended before the first byte of a response.
        case nothing
        /// It ended within the response, or the rest did not arrive in time.
        case cut
    }

    /// Reads the next response of a kept-alive connection. Bytes after it are left in `rest` for the next call.
    func outcome(_ rest: inout [UInt8]) -> Outcome {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let (answer, length) = PlainConnection.firstAnswer(of: rest) {
                rest.removeFirst(length)
                return .answered(answer)
            }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else {
                let isOver = count == 0 || errno == ECONNRESET || errno == EPIPE
                return rest.isEmpty && isOver ? .nothing : .cut
            }
            rest += chunk.prefix(count)
        }
    }

    /// Reads one response of a kept-alive connection; `nil` if it is incomplete.
    func keptAnswer() -> ClientResponse? {
        var rest: [UInt8] = []
        guard case .answered(let answer) = outcome(&rest), rest.isEmpty else { return nil }
        return answer
    }

    /// Parses all bytes as one response.
    private static func answer(_ bytes: [UInt8], toHead isHead: Bool) -> ClientResponse? {
        guard case (var answer, let start)? = head(of: bytes) else { return nil }
        answer.body = Array(bytes[start...])
        return isHead || answer.body.count == answer.length ? answer : nil
    }

    /// The first response in the bytes, and its length; `nil` if it is incomplete.
    private static func firstAnswer(of bytes: [UInt8]) -> (ClientResponse, Int)? {
        guard case (var answer, let start)? = head(of: bytes), bytes.count - start >= answer.length else {
            return nil
        }
        answer.body = Array(bytes[start..<start + answer.length])
        return (answer, start + answer.length)
    }

    private static func head(of bytes: [UInt8]) -> (ClientResponse, bodyStart: Int)? {
        let end = Array("\r\n\r\n".utf8)
        guard let stop = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        var answer = ClientResponse()
        let lines = String(decoding: bytes[..<stop], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return nil
        }
        answer.status = status
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            answer.fields.append((String(line[..<colon]), String(value)))
        }
        return (answer, stop + end.count)
    }
}
