import Incidents
import Model

/// Problems outside the rules: of HTTP, tokens, webhooks and the store (api.md, "Slugs").
extension ProblemType {
    /// All problems, by status.
    static let all: [ProblemType] = (ofTheAPI + Incident.problems).enumerated()
        .sorted { ($0.element.status, $0.offset) < ($1.element.status, $1.offset) }.map(\.element)

    private static let ofTheAPI: [ProblemType] =
        BodyReader.problems + Writing.problems + [
            .malformedRequest, .invalidParameter, .unauthorized, .insufficientScope, .methodNotAllowed,
            .requestTimeout, .contentTooLarge, .uriTooLong, .unsupportedMediaType, .expectationFailed,
            .misdirectedRequest, .webhookURLRefused, .rateLimited, .headersTooLarge, .notImplemented,
            .versionNotSupported,
        ]

    /// The problem with that slug; `nil` when there is none.
    static func named(_ slug: String) -> ProblemType? { all.first { $0.slug == slug } }

    static let malformedRequest = ProblemType(
        "malformed-request", 400, "Malformed request",
        means: "The request breaks a rule of HTTP/1.1 that we hold to the letter. The detail names it.",
        remedy: "Let an HTTP library write the request, and send fields and bodies only where they belong.")

    static let invalidParameter = ProblemType(
        "invalid-parameter", 400, "Invalid parameter",
        means:
            "A query parameter is unknown, given twice, or out of range. The detail names it and what is allowed.",
        remedy: "Correct the parameter, or leave it out. /openapi.json lists what each path takes.")

    static let unauthorized = ProblemType(
        "unauthorized", 401, "A token is needed",
        means:
            "Send Authorization: Bearer dbt_… with a token that is good. On the host, drumbeat token create makes one.",
        remedy:
            "Check that the whole token was copied and not revoked; GET /v1/tokens lists them to an admin.")

    static let insufficientScope = ProblemType(
        "insufficient-scope", 403, "The token's scope is too narrow",
        means:
            "Scopes widen from read over post and command to admin. The detail names the one that is needed.",
        remedy: "Ask an admin for a token with the scope that WWW-Authenticate names.")

    static let methodNotAllowed = ProblemType(
        "method-not-allowed", 405, "Method not allowed",
        means: "The path is right, the method is not. The Allow field lists those that are.",
        remedy: "Use one of the methods in Allow.")

    static let requestTimeout = ProblemType(
        "request-timeout", 408, "The request took too long",
        means: "The request did not arrive in time. Send it again.",
        remedy: "Send the whole request in one go. With an Idempotency-Key a repeat is always safe.")

    static let contentTooLarge = ProblemType(
        "content-too-large", 413, "The body is too large",
        means: "The detail names the limit.",
        remedy: "Send less at once: split a long text into several entries, or link to it.")

    static let uriTooLong = ProblemType(
        "uri-too-long", 414, "The request line is too long",
        means: "It may have 8,192 bytes, unless DRUMBEAT_REQUEST_LINE_MAX says otherwise.",
        remedy: "Use fewer or shorter query parameters.")

    static let unsupportedMediaType = ProblemType(
        "unsupported-media-type", 415, "Not JSON",
        means: "Send application/json: curl --json '…' does.",
        remedy:
            "Set Content-Type: application/json, and send the body neither compressed nor in another charset."
    )

    static let expectationFailed = ProblemType(
        "expectation-failed", 417, "Unknown expectation",
        means: "The only expectation that is understood is 100-continue.",
        remedy: "Leave the Expect field out.")

    static let misdirectedRequest = ProblemType(
        "misdirected-request", 421, "Not this host",
        means: "The Host field names a host that is not served here.",
        remedy: "Call the service under a name that DRUMBEAT_HOSTS lists, or have the operator add this one.")

    static let webhookURLRefused = ProblemType(
        "webhook-url-refused", 422, "The webhook's URL is refused",
        means:
            "Deliveries go over https to public addresses, or to networks that the operator allows with DRUMBEAT_WEBHOOK_ALLOW.",
        remedy: "Use https and a public name, or ask the operator to allow the network.")

    static let rateLimited = ProblemType(
        "rate-limited", 429, "Too many requests",
        means: "Wait as long as Retry-After says.",
        remedy:
            "Stop trying tokens that are not good (a good one is served meanwhile), or write less often."
    )

    static let headersTooLarge = ProblemType(
        "headers-too-large", 431, "The header fields are too large",
        means:
            "They may be 100, of 8,192 bytes each and 16,384 in all, unless "
            + "DRUMBEAT_HEADER_COUNT_MAX, DRUMBEAT_HEADER_LINE_MAX or DRUMBEAT_HEADERS_MAX says otherwise.",
        remedy: "Send fewer or shorter header fields; cookies are not needed here.")

    static let notImplemented = ProblemType(
        "not-implemented", 501, "Not implemented",
        means: "The method or coding is not spoken here.",
        remedy: "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, and Transfer-Encoding: chunked alone.")

    static let versionNotSupported = ProblemType(
        "version-not-supported", 505, "Version not supported",
        means: "HTTP/1.0 and HTTP/1.1 are spoken here.",
        remedy: "Speak HTTP/1.1, or put a proxy in front that does.")
}
