import Model

/// Problems of HTTP, tokens, bodies and writes, which every API has (api.md, "Slugs").
extension ProblemType {
    public static let ofRouting: [ProblemType] =
        BodyReader.problems + Writing.problems + [
            .malformedRequest, .invalidParameter, .insufficientScope, .methodNotAllowed,
            .requestTimeout, .contentTooLarge, .uriTooLong, .unsupportedMediaType, .expectationFailed,
            .misdirectedRequest, .rateLimited, .headersTooLarge, .notImplemented, .versionNotSupported,
        ]

    static let malformedRequest = ProblemType(
        "malformed-request", 400, "Malformed request",
        means: "The request violates HTTP/1.1. The detail names the rule.",
        remedy:
            "Use an HTTP library to write the request, and send fields and bodies only where HTTP allows them."
    )

    static let invalidParameter = ProblemType(
        "invalid-parameter", 400, "Invalid parameter",
        means:
            "A query parameter is unknown, given twice, or out of range. The detail names it and what is allowed.",
        remedy: "Correct or remove the parameter. /openapi.json lists the parameters of each path.")

    public static let insufficientScope = ProblemType(
        "insufficient-scope", 403, "The token's scope is too narrow",
        means:
            "The scopes are read, post, command and admin; each includes the previous ones. The detail names the required one.",
        remedy: "Ask an admin for a token with the scope named in WWW-Authenticate.")

    static let methodNotAllowed = ProblemType(
        "method-not-allowed", 405, "Method not allowed",
        means: "The path exists but does not allow this method. The Allow field lists the allowed ones.",
        remedy: "Use a method listed in Allow.")

    static let requestTimeout = ProblemType(
        "request-timeout", 408, "The request took too long",
        means: "The request did not arrive in time. Retry it.",
        remedy: "Send the whole request without pauses. A retry with an Idempotency-Key is always safe.")

    static let contentTooLarge = ProblemType(
        "content-too-large", 413, "The body is too large",
        means: "The body exceeds a size limit. The detail names the limit.",
        remedy: "Send a smaller body: split a long text into several entries, or link to it.")

    static let uriTooLong = ProblemType(
        "uri-too-long", 414, "The request line is too long",
        means: "The limit is 8,192 bytes, unless DRUMBEAT_REQUEST_LINE_MAX changes it.",
        remedy: "Use fewer or shorter query parameters.")

    static let unsupportedMediaType = ProblemType(
        "unsupported-media-type", 415, "Not JSON",
        means: "The body must be application/json. curl --json '…' sends it.",
        remedy:
            "Set Content-Type: application/json. Send the body uncompressed, in UTF-8."
    )

    static let expectationFailed = ProblemType(
        "expectation-failed", 417, "Unknown expectation",
        means: "The only supported expectation is 100-continue.",
        remedy: "Remove the Expect field.")

    static let misdirectedRequest = ProblemType(
        "misdirected-request", 421, "Unknown host",
        means: "The Host field names a host that this service does not serve.",
        remedy: "Use a host name listed in DRUMBEAT_HOSTS, or ask the operator to add this one.")

    static let rateLimited = ProblemType(
        "rate-limited", 429, "Too many requests",
        means: "The client exceeded a rate limit. Wait for the seconds in Retry-After.",
        remedy:
            "Stop sending invalid tokens (valid ones still work), or write less often."
    )

    static let headersTooLarge = ProblemType(
        "headers-too-large", 431, "The header fields are too large",
        means:
            "The limits are 100 fields, 8,192 bytes each and 16,384 bytes in total, unless "
            + "DRUMBEAT_HEADER_COUNT_MAX, DRUMBEAT_HEADER_LINE_MAX or DRUMBEAT_HEADERS_MAX changes them.",
        remedy: "Send fewer or shorter header fields. Cookies are not used.")

    static let notImplemented = ProblemType(
        "not-implemented", 501, "Not implemented",
        means: "The service does not implement this method or transfer coding.",
        remedy: "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. The only transfer coding is chunked.")

    static let versionNotSupported = ProblemType(
        "version-not-supported", 505, "Version not supported",
        means: "The service supports HTTP/1.0 and HTTP/1.1.",
        remedy: "Use HTTP/1.1, or put a proxy in front that does.")
}
