/// Why a request was refused before routing: by the parser or by the server's limits.
///
/// The responder renders it (`Responder.refusal`), so this floor needs no JSON.
public struct HTTPError: Error, Sendable, Equatable {
    public let status: Status
    /// A short name for the fault that never changes, for programs.
    public let slug: String
    /// One sentence for the client's author. Never contains the bytes received.
    public let detail: String
    /// The violated clause, such as "RFC 9112 §6.3"; empty for a limit of this service.
    public let clause: String

    public init(status: Status, slug: String, detail: String, clause: String) {
        self.status = status
        self.slug = slug
        self.detail = detail
        self.clause = clause
    }

    /// 400 `malformed-request`: also for anything ambiguous.
    public static func malformed(_ detail: String, clause: String) -> HTTPError {
        HTTPError(status: .badRequest, slug: "malformed-request", detail: detail, clause: clause)
    }

    /// 413 `content-too-large` for a body over `bytesMax`.
    public static func contentTooLarge(bytesMax: Int) -> HTTPError {
        HTTPError(
            status: .contentTooLarge, slug: "content-too-large",
            detail: "The body is larger than the limit of \(bytesMax) bytes.", clause: "RFC 9110 §15.5.14"
        )
    }

    public static let uriTooLong = HTTPError(
        status: .uriTooLong, slug: "uri-too-long", detail: "The request line is too long.",
        clause: "RFC 9110 §15.5.15")

    /// 431: one line, the sum of all, or their number.
    public static let headersTooLarge = HTTPError(
        status: .requestHeaderFieldsTooLarge, slug: "headers-too-large",
        detail: "There are too many header fields, or they are too large.", clause: "RFC 6585 §5")

    public static let expectationFailed = HTTPError(
        status: .expectationFailed, slug: "expectation-failed",
        detail: "The only supported expectation is 100-continue.", clause: "RFC 9110 §10.1.1")

    /// 501: an unknown method, TRACE or CONNECT.
    public static let methodNotImplemented = HTTPError(
        status: .notImplemented, slug: "not-implemented", detail: "The method is not implemented.",
        clause: "RFC 9110 §9.1")

    public static let versionNotSupported = HTTPError(
        status: .httpVersionNotSupported, slug: "version-not-supported",
        detail: "Only HTTP/1.0 and HTTP/1.1 are supported.", clause: "RFC 9110 §15.6.6")

    /// 421: `Host` is not a configured host.
    public static let misdirected = HTTPError(
        status: .misdirectedRequest, slug: "misdirected-request",
        detail: "This service does not serve that host. Its operator lists the host names that it serves.",
        clause: "RFC 9110 §15.5.20")

    /// 415 for any `Content-Encoding`: prevents decompression bombs.
    public static let contentEncoded = HTTPError(
        status: .unsupportedMediaType, slug: "unsupported-media-type",
        detail: "Send the body without a Content-Encoding.", clause: "RFC 9110 §15.5.16")

    /// 408: the head or the body took too long to arrive.
    public static let requestTimeout = HTTPError(
        status: .requestTimeout, slug: "request-timeout", detail: "The request took too long to arrive.",
        clause: "RFC 9110 §15.5.9")

    /// 503 `overloaded`: the handler timed out.
    public static let overloaded = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail: "The response took too long. Retry with the same Idempotency-Key.", clause: "")

    /// 503 `overloaded`: backpressure, because all request bodies in progress exceed the body budget.
    public static let bodiesFull = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail:
            "Too many large bodies are in progress. Wait for the seconds in Retry-After, then retry with the "
            + "same Idempotency-Key. Bodies up to 16 KiB are accepted.",
        clause: "")

    /// 504 `outcome-unknown`: a write was handed to the store, and the store did not answer in time.
    public static let outcomeUnknown = HTTPError(
        status: .gatewayTimeout, slug: "outcome-unknown",
        detail: "The write was handed to the store, which did not answer in time: it may have been written. "
            + "Retry with the same Idempotency-Key to find out.",
        clause: "")

    /// 503 `overloaded`: the responses that clients have not read yet exceed the budget.
    public static let responsesFull = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail:
            "Too many large responses wait for slow readers. Read them, or retry with a smaller limit after the "
            + "seconds in Retry-After.",
        clause: "")

    /// 503 `overloaded`: too many streams and long polls are open, in total or of this owner.
    public static let tooManyWaits = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail:
            "Too many streams and long polls are open, with this token or in total. Close some, or retry after "
            + "the seconds in Retry-After.",
        clause: "")

    /// 503 `overloaded`: the connection made room for a client of another owner.
    public static let gaveWay = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail:
            "The service is full, and this token holds the most connections, so this one made room. Use fewer "
            + "connections, and retry after the seconds in Retry-After.",
        clause: "")

    /// 503 `overloaded`: the service restarts, and a request that has not arrived completely is not waited for.
    public static let restarting = HTTPError(
        status: .serviceUnavailable, slug: "overloaded",
        detail: "The service is restarting, and the request had not arrived completely. Send it again.",
        clause: "")

    /// 500 `internal`: the response must not be sent, for example because of a line break in a field.
    public static let unsendable = HTTPError(
        status: .internalServerError, slug: "internal", detail: "The response could not be sent.", clause: "")
}
