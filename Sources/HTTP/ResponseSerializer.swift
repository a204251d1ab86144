/// Serialises responses. The only place that writes header fields, so that no line break can be injected (H33).
public struct ResponseSerializer: Sendable {
    /// A field that must not be sent; nothing was written. A programming error: log it and respond with 500.
    public struct UnsendableField: Error, Sendable, Equatable {
        /// Control bytes are replaced by "?".
        public let name: String
    }

    /// The `Connection` field of a response.
    public enum Persistence: Sendable {
        /// HTTP/1.1's default; no field is sent.
        case open
        /// Keep-alive for an HTTP/1.0 client that requested it.
        case keptAlive
        /// The connection closes after this response.
        case closing
    }

    /// How the client finds the end of the body.
    public enum Framing: Sendable {
        /// `Content-Length`.
        case length
        /// `Transfer-Encoding: chunked` (RFC 9112 §7.1).
        case chunked
        /// The end of the connection: for a stream to HTTP/1.0, which has no chunks (RFC 9112 §6.1).
        case close
    }

    public static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// The common fields that never change.
    private let constant: [UInt8]
    /// The common fields of every response, rendered again once per second because of `Date`.
    private var common: [UInt8] = []
    private var second: Int64 = -1

    /// `product` is the value of `Server` and must be a token. `Date` has the given time until `setClock` is called.
    public init(server product: String, secondsSinceEpoch: Int64) {
        precondition(product.utf8.allSatisfy(ASCII.isToken), "a product's name is a token")
        constant = Array("\r\nServer: \(product)\r\nX-Content-Type-Options: nosniff\r\nDate: ".utf8)
        setClock(secondsSinceEpoch: secondsSinceEpoch)
    }

    /// Sets the time of `Date`, in seconds since 1970-01-01T00:00:00Z.
    public mutating func setClock(secondsSinceEpoch: Int64) {
        guard secondsSinceEpoch != second else { return }
        second = secondsSinceEpoch
        common = constant
        common.append(contentsOf: HTTPDate.bytes(secondsSinceEpoch: secondsSinceEpoch))
        common.append(contentsOf: "\r\nX-Request-Id: ".utf8)
    }

    /// Appends the response to `out`. The body is omitted for HEAD, which keeps `Content-Length`, and for 204 and 304. On an error `out`
    /// is unchanged.
    public func write(
        _ response: Response, id: String, isHead: Bool, persistence: Persistence,
        framing: Framing = .length, into out: inout [UInt8]
    ) throws(UnsendableField) {
        let start = out.count
        do throws(UnsendableField) {
            try writeFields(response, id: id, persistence: persistence, framing: framing, into: &out)
        } catch {
            out.removeLast(out.count - start)
            throw error
        }
        if !isHead, !response.status.forbidsBody, framing == .length {
            response.body.withUnsafeBufferPointer { out.append(contentsOf: $0) }
        }
    }

    private func writeFields(
        _ response: Response, id: String, persistence: Persistence, framing: Framing,
        into out: inout [UInt8]
    ) throws(UnsendableField) {
        if response.status == .ok {
            Self.append("HTTP/1.1 200 OK", to: &out)
        } else {
            Self.append("HTTP/1.1 ", to: &out)
            Self.append(response.status.code, to: &out)
            out.append(ASCII.space)
            out.append(contentsOf: response.status.reason.utf8)
        }
        common.withUnsafeBufferPointer { out.append(contentsOf: $0) }
        guard Self.appendLine(id, to: &out) else { throw Self.unsendable("X-Request-Id") }
        if let rendered = response.rendered {
            rendered.withUnsafeBufferPointer { out.append(contentsOf: $0) }
        } else {
            try Self.append(response.fields, to: &out)
        }
        switch framing {
        case .length where response.status.forbidsBody: break
        case .length:
            Self.append("Content-Length: ", to: &out)
            Self.append(response.body.count, to: &out)
            Self.append("\r\n", to: &out)
        case .chunked: Self.append("Transfer-Encoding: chunked\r\n", to: &out)
        case .close: break
        }
        switch persistence {
        case .open: Self.append("\r\n", to: &out)
        case .keptAlive: Self.append("Connection: keep-alive\r\n\r\n", to: &out)
        case .closing: Self.append("Connection: close\r\n\r\n", to: &out)
        }
    }

    /// The chunk that ends a chunked body.
    public static let lastChunk = Array("0\r\n\r\n".utf8)

    /// Appends one chunk. Appends nothing for empty `bytes`, because an empty chunk ends the body.
    public static func append(chunk bytes: [UInt8], to out: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        out.append(contentsOf: String(bytes.count, radix: 16).utf8)
        append("\r\n", to: &out)
        out.append(contentsOf: bytes)
        append("\r\n", to: &out)
    }

    /// Serialises field lines.
    static func lines(of fields: [(name: String, value: String)]) throws(UnsendableField) -> [UInt8] {
        var lines: [UInt8] = []
        try append(fields, to: &lines)
        return lines
    }

    private static func append(
        _ fields: [(name: String, value: String)], to out: inout [UInt8]
    ) throws(UnsendableField) {
        for (name, value) in fields {
            let start = out.count
            guard let role = appendName(name, to: &out), role != .framing else { throw unsendable(name) }
            if role == .ours {
                out.removeLast(out.count - start)
            } else {
                append(": ", to: &out)
                guard appendLine(value, to: &out) else { throw unsendable(name) }
            }
        }
    }

    private enum Role { case ours, framing, other }

    /// Appends a field name. Returns whether the serializer writes that field itself, whether it frames the message, or neither; `nil`
    /// when the name is not a token.
    private static func appendName(_ text: String, to out: inout [UInt8]) -> Role? {
        var text = text
        return text.withUTF8 { name in
            guard !name.isEmpty, name.allSatisfy(ASCII.isToken) else { return nil }
            out.append(contentsOf: name)
            return role(Span(_unsafeElements: name))
        }
    }

    private static func role(_ name: Span<UInt8>) -> Role {
        func named(_ text: StaticString) -> Bool { name.equalsFolded(text, 0..<name.count) }
        switch name.count {
        case 4: return named("date") ? .ours : .other
        case 6: return named("server") ? .ours : .other
        case 7: return named("trailer") || named("upgrade") ? .framing : .other
        case 10: return named("connection") || named("keep-alive") ? .framing : .other
        case 12: return named("x-request-id") ? .ours : .other
        case 14: return named("content-length") ? .framing : .other
        case 17: return named("transfer-encoding") ? .framing : .other
        case 22: return named("x-content-type-options") ? .ours : .other
        default: return .other
        }
    }

    /// Appends a field value and CRLF; `false` when it contains a control byte.
    private static func appendLine(_ text: String, to out: inout [UInt8]) -> Bool {
        var text = text
        return text.withUTF8 { value in
            guard value.allSatisfy(ASCII.isLine) else { return false }
            out.append(contentsOf: value)
            append("\r\n", to: &out)
            return true
        }
    }

    private static func unsendable(_ name: String) -> UnsendableField {
        let bytes = name.utf8.prefix(64).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return UnsendableField(name: String(decoding: bytes, as: UTF8.self))
    }

    @inline(__always)
    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a non-negative number in decimal.
    private static func append(_ number: Int, to out: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &out) }
        out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
