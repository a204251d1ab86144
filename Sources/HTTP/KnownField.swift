/// The header fields this service reads. Bytes outside ASCII in them are refused (H10).
enum KnownField: UInt32, Sendable {
    case accept, authorization, connection, contentEncoding, contentLength, contentType, cookie, expect, host
    case idempotencyKey, ifMatch, ifNoneMatch, lastEventID, origin, requestID, transferEncoding

    /// Bit in the set of received fields.
    var bit: UInt32 { 1 << rawValue }

    /// Whether a second line of this field is malformed (H2, H4, H16, H28).
    var isSingleton: Bool {
        switch self {
        case .authorization, .contentEncoding, .contentLength, .contentType, .host, .idempotencyKey, .ifMatch,
            .lastEventID, .transferEncoding:
            true
        case .accept, .connection, .cookie, .expect, .ifNoneMatch, .origin, .requestID: false
        }
    }

    /// The clause that a second line violates.
    var repetitionClause: String {
        switch self {
        case .contentLength: "RFC 9112 §6.3"
        case .transferEncoding: "RFC 9112 §6.1"
        case .host: "RFC 9112 §3.2"
        default: "RFC 9110 §5.3"
        }
    }

    /// Looks up a name case-insensitively; names with "_" stay distinct (H29).
    static func named(_ bytes: Span<UInt8>, _ name: Range<Int>) -> KnownField? {
        func field(_ text: StaticString, _ field: KnownField) -> KnownField? {
            bytes.equalsFolded(text, name) ? field : nil
        }
        switch name.count {
        case 4: return field("host", .host)
        case 6:
            return field("accept", .accept) ?? field("expect", .expect) ?? field("cookie", .cookie)
                ?? field("origin", .origin)
        case 8: return field("if-match", .ifMatch)
        case 10: return field("connection", .connection)
        case 12: return field("content-type", .contentType) ?? field("x-request-id", .requestID)
        case 13:
            return field("authorization", .authorization) ?? field("if-none-match", .ifNoneMatch)
                ?? field("last-event-id", .lastEventID)
        case 14: return field("content-length", .contentLength)
        case 15: return field("idempotency-key", .idempotencyKey)
        case 16: return field("content-encoding", .contentEncoding)
        case 17: return field("transfer-encoding", .transferEncoding)
        default: return nil
        }
    }
}
