import HTTP

/// The kinds of problems, by the slug in `type` (api.md, "Slugs").
enum Slug: String, CaseIterable, Sendable {
    case malformedJSON = "malformed-json"
    case malformedRequest = "malformed-request"
    case invalidParameter = "invalid-parameter"
    case unauthorized
    case insufficientScope = "insufficient-scope"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case requestTimeout = "request-timeout"
    case severityOnlyRises = "severity-only-rises"
    case notAllowedFromStatus = "not-allowed-from-status"
    case staleDraft = "stale-draft"
    case incidentEnded = "incident-ended"
    case commanderOnly = "commander-only"
    case snoozeLimit = "snooze-limit"
    case preconditionFailed = "precondition-failed"
    case contentTooLarge = "content-too-large"
    case uriTooLong = "uri-too-long"
    case unsupportedMediaType = "unsupported-media-type"
    case expectationFailed = "expectation-failed"
    case misdirectedRequest = "misdirected-request"
    case validation
    case promiseExceedsCadence = "promise-exceeds-cadence"
    case clockSkew = "clock-skew"
    case webhookURLRefused = "webhook-url-refused"
    case unfilledDraft = "unfilled-draft"
    case idempotencyKeyReused = "idempotency-key-reused"
    case rateLimited = "rate-limited"
    case headersTooLarge = "headers-too-large"
    case internalFault = "internal"
    case notImplemented = "not-implemented"
    case storageUnavailable = "storage-unavailable"
    case overloaded
    case versionNotSupported = "version-not-supported"

    /// The status code, the title, and what the page under `type` says.
    var entry: (status: Int, title: String, page: String) {
        switch self {
        case .malformedJSON:
            (
                400, "Malformed JSON",
                "The body is not JSON as RFC 8259 has it, or names a member twice. The detail says where."
            )
        case .malformedRequest:
            (
                400, "Malformed request",
                "The request breaks a rule of HTTP/1.1 that we hold to the letter. The detail names it."
            )
        case .invalidParameter:
            (
                400, "Invalid parameter",
                "A query parameter is unknown, given twice, or out of range. The detail names it and what is allowed."
            )
        case .unauthorized:
            (
                401, "A token is needed",
                "Send Authorization: Bearer dbt_… with a token that is good. On the host, drumbeat token create makes one."
            )
        case .insufficientScope:
            (
                403, "The token's scope is too narrow",
                "Scopes widen from read over post and command to admin. The detail names the one that is needed."
            )
        case .notFound:
            (404, "Not found", "There is nothing under this path.")
        case .methodNotAllowed:
            (
                405, "Method not allowed",
                "The path is right, the method is not. The Allow field lists those that are."
            )
        case .requestTimeout:
            (408, "The request took too long", "The request did not arrive in time. Send it again.")
        case .severityOnlyRises:
            (
                409, "Severity only rises",
                "While an incident is open its severity only rises. Record a dispute instead; the review "
                    + "may set reviewed_severity after the end."
            )
        case .notAllowedFromStatus:
            (
                409, "Not allowed from this status",
                "The incident's status does not allow it. allowed lists the statuses that may follow."
            )
        case .staleDraft:
            (
                409, "The draft is stale",
                "Status, severity or a confirmed finding changed after the draft was made. Fetch a new draft, or publish with force."
            )
        case .incidentEnded:
            (
                409, "The incident has ended",
                "Reopen it first: PUT …/status {\"status\": \"investigating\"}. Entries, updates, edits, "
                    + "roles and disputes are still accepted."
            )
        case .commanderOnly:
            (
                409, "By the commander only",
                "The holder of the commander's role decides this. Let them do it, name them as author, or take the role first."
            )
        case .snoozeLimit:
            (
                409, "Snoozed twice already",
                "Between two status updates nags are snoozed at most twice. Publish an update: \"still "
                    + "investigating, next update in 15 minutes\" is one."
            )
        case .preconditionFailed:
            (
                412, "Another version",
                "The incident changed since the tag in If-Match. Read it again and decide anew."
            )
        case .contentTooLarge:
            (413, "The body is too large", "The detail names the limit.")
        case .uriTooLong:
            (
                414, "The request line is too long",
                "It may have 8,192 bytes, unless DRUMBEAT_REQUEST_LINE_MAX says otherwise."
            )
        case .unsupportedMediaType:
            (415, "Not JSON", "Send application/json: curl --json '…' does.")
        case .expectationFailed:
            (417, "Unknown expectation", "The only expectation that is understood is 100-continue.")
        case .misdirectedRequest:
            (421, "Not this host", "The Host field names a host that is not served here.")
        case .validation:
            (422, "A value does not fit", "errors names each member, by JSON pointer, and what would fit.")
        case .promiseExceedsCadence:
            (
                422, "The promise exceeds the cadence",
                "The next update may be promised for at most one interval and 60 s after this one."
            )
        case .clockSkew:
            (
                422, "A time lies ahead of the server's clock",
                "Times may lie up to 10 minutes ahead. current shows the server's time: check the sender's clock."
            )
        case .webhookURLRefused:
            (
                422, "The webhook's URL is refused",
                "Deliveries go over https to public addresses, or to networks that the operator allows with DRUMBEAT_WEBHOOK_ALLOW."
            )
        case .unfilledDraft:
            (
                422, "The text still holds [FILL: …]",
                "Replace each [FILL: …] by what is true, or leave the line out. force publishes it as it is."
            )
        case .idempotencyKeyReused:
            (
                422, "The key was used for another request",
                "An Idempotency-Key belongs to one request: same method, path and body. Make a new key for a new request."
            )
        case .rateLimited:
            (429, "Too many requests", "Wait as long as Retry-After says.")
        case .headersTooLarge:
            (
                431, "The header fields are too large",
                "They may be 100, of 8,192 bytes each and 16,384 in all, unless "
                    + "DRUMBEAT_HEADER_COUNT_MAX, DRUMBEAT_HEADER_LINE_MAX or DRUMBEAT_HEADERS_MAX says otherwise."
            )
        case .internalFault:
            (
                500, "Our own fault",
                "Nothing is wrong with the request. The log has more under the request_id. Retrying with the same Idempotency-Key is safe."
            )
        case .notImplemented:
            (501, "Not implemented", "The method or coding is not spoken here.")
        case .storageUnavailable:
            (
                503, "The store takes no writes",
                "Nothing was acknowledged. Reads go on. Retrying with the same Idempotency-Key is always safe."
            )
        case .overloaded:
            (
                503, "Too much waits already",
                "Nothing was written. Wait as long as Retry-After says, then retry with the same Idempotency-Key."
            )
        case .versionNotSupported:
            (505, "Version not supported", "HTTP/1.0 and HTTP/1.1 are spoken here.")
        }
    }
}
