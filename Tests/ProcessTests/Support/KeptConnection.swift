import Glibc
import Testing

/// A kept-alive connection.
struct KeptConnection {
    private let connection: PlainConnection
    private let head: String

    /// Connects to the service of `caller`, with its token.
    init(_ caller: Caller) throws {
        connection = try #require(PlainConnection(port: caller.port))
        let token = try #require(caller.token)
        head = "Host: 127.0.0.1:\(caller.port)\r\nAuthorization: Bearer \(token)\r\n"
    }

    /// Sends a request; `read` reads its response.
    func send(_ method: String, _ path: String, fields: String = "", _ json: String? = nil) throws {
        var text = "\(method) \(path) HTTP/1.1\r\n\(head)\(fields)"
        if let json {
            text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n"
        }
        try #require(connection.write(text + "\r\n" + (json ?? "")))
    }

    /// Reads the response to the one pending request.
    func read() throws -> ClientResponse {
        try #require(connection.keptAnswer(), "no whole answer came")
    }

    /// Sends a request and reads its response.
    func ask(_ method: String, _ path: String, fields: String = "", _ json: String? = nil) throws
        -> ClientResponse
    {
        try send(method, path, fields: fields, json)
        return try read()
    }

    func close() { connection.close() }
}
