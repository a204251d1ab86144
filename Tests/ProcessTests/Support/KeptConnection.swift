import Glibc
import Testing

/// A connection that stays open from request to request.
struct KeptConnection {
    private let connection: PlainConnection
    private let head: String

    /// A connection to the service, as the caller.
    init(_ caller: Caller) throws {
        connection = try #require(PlainConnection(port: caller.port))
        let token = try #require(caller.token)
        head = "Host: 127.0.0.1:\(caller.port)\r\nAuthorization: Bearer \(token)\r\n"
    }

    /// Sends a request; its answer is read by `read`.
    func send(_ method: String, _ path: String, fields: String = "", _ json: String? = nil) throws {
        var text = "\(method) \(path) HTTP/1.1\r\n\(head)\(fields)"
        if let json {
            text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n"
        }
        try #require(connection.write(text + "\r\n" + (json ?? "")))
    }

    /// Reads the answer to the one request that is under way.
    func read() throws -> ClientResponse {
        try #require(connection.keptAnswer(), "no whole answer came")
    }

    /// Sends a request and reads its answer.
    func ask(_ method: String, _ path: String, fields: String = "", _ json: String? = nil) throws
        -> ClientResponse
    {
        try send(method, path, fields: fields, json)
        return try read()
    }

    func close() { connection.close() }
}
