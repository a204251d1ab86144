/// Answers into bytes: the one place that writes header fields, and so the one that no line break gets past (H33).
public struct ResponseSerializer: Sendable {
    /// A field that must not be sent; nothing was written. It is our own bug: log it and answer 500.
    public struct UnsendableField: Error, Sendable, Equatable {
        /// The field's name, with control bytes replaced by "?".
        public let name: String
    }

    /// What the answer says about the connection.
    public enum Persistence: Sendable {
        /// HTTP/1.1's default, of which nothing is said.
        case open
        /// HTTP/1.0 that asked to keep the connection.
        case keptAlive
        /// The connection closes after this answer.
        case closing
    }

    /// `HTTP/1.1 100 Continue`, whole.
    public static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// The fields every answer has, made anew when the second changes.
    private var common: [UInt8] = []
    private var second: Int64 = -1

    /// A serializer whose `Date` says that moment until it is told another.
    public init(secondsSinceEpoch: Int64) {
        setClock(secondsSinceEpoch: secondsSinceEpoch)
    }

    /// Tells the time that `Date` carries, in seconds since 1970-01-01T00:00:00Z.
    public mutating func setClock(secondsSinceEpoch: Int64) {
        guard secondsSinceEpoch != second else { return }
        second = secondsSinceEpoch
        common = Array("Server: drumbeat\r\nX-Content-Type-Options: nosniff\r\nDate: ".utf8)
        common.append(contentsOf: HTTPDate.bytes(secondsSinceEpoch: secondsSinceEpoch))
        common.append(contentsOf: "\r\nX-Request-Id: ".utf8)
    }

    /// Appends the answer to `out`; the body is left out for HEAD, whose `Content-Length` stays, and for 204
    /// and 304. On an error `out` is as it was.
    public func write(
        _ response: Response, id: String, isHead: Bool, persistence: Persistence, into out: inout [UInt8]
    ) throws(UnsendableField) {
        let start = out.count
        do throws(UnsendableField) {
            try writeFields(response, id: id, persistence: persistence, into: &out)
        } catch {
            out.removeLast(out.count - start)
            throw error
        }
        if !isHead, !response.status.forbidsBody { out.append(contentsOf: response.body) }
    }

    private func writeFields(
        _ response: Response, id: String, persistence: Persistence, into out: inout [UInt8]
    ) throws(UnsendableField) {
        Self.append("HTTP/1.1 ", to: &out)
        Self.append(response.status.code, to: &out)
        out.append(ASCII.space)
        out.append(contentsOf: response.status.reason.utf8)
        Self.append("\r\n", to: &out)
        out.append(contentsOf: common)
        try Self.appendValue(id, of: "X-Request-Id", to: &out)
        for (name, value) in response.fields {
            switch try Self.role(name) {
            case .ours: continue
            case .framing: throw Self.unsendable(name)
            case .other: break
            }
            out.append(contentsOf: name.utf8)
            Self.append(": ", to: &out)
            try Self.appendValue(value, of: name, to: &out)
        }
        if !response.status.forbidsBody {
            Self.append("Content-Length: ", to: &out)
            Self.append(response.body.count, to: &out)
            Self.append("\r\n", to: &out)
        }
        switch persistence {
        case .open: Self.append("\r\n", to: &out)
        case .keptAlive: Self.append("Connection: keep-alive\r\n\r\n", to: &out)
        case .closing: Self.append("Connection: close\r\n\r\n", to: &out)
        }
    }

    private enum Role { case ours, framing, other }

    /// Whether a field is written here anyway, frames the message, or is the responder's.
    private static func role(_ name: String) throws(UnsendableField) -> Role {
        var name = name
        let role: Role? = name.withUTF8 { buffer in
            let bytes = Span(_unsafeElements: buffer)
            guard !bytes.isEmpty else { return nil }
            for index in bytes.indices where !ASCII.isToken(bytes[index]) { return nil }
            func named(_ text: StaticString) -> Bool { bytes.equalsFolded(text, 0..<bytes.count) }
            switch bytes.count {
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
        guard let role else { throw unsendable(name) }
        return role
    }

    private static func appendValue(
        _ value: String, of name: String, to out: inout [UInt8]
    ) throws(UnsendableField) {
        let start = out.count
        out.append(contentsOf: value.utf8)
        for byte in out[start...] where !ASCII.isLine(byte) { throw unsendable(name) }
        append("\r\n", to: &out)
    }

    private static func unsendable(_ name: String) -> UnsendableField {
        let bytes = name.utf8.prefix(64).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return UnsendableField(name: String(decoding: bytes, as: UTF8.self))
    }

    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A number that is not negative, in decimal.
    private static func append(_ number: Int, to out: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &out) }
        out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
