extension Slug {
    /// What to do about it: the second half of its page.
    var remedy: String {
        switch self {
        case .malformedJSON:
            "Send the JSON that a serializer writes; curl --json @file sends a file as it is."
        case .malformedRequest:
            "Let an HTTP library write the request, and send fields and bodies only where they belong."
        case .invalidParameter:
            "Correct the parameter, or leave it out. /openapi.json lists what each path takes."
        case .unauthorized:
            "Check that the whole token was copied and not revoked; GET /v1/tokens lists them to an admin."
        case .insufficientScope: "Ask an admin for a token with the scope that WWW-Authenticate names."
        case .notFound: "Check the ref or id: GET /v1/incidents?state=all lists the incidents."
        case .methodNotAllowed: "Use one of the methods in Allow."
        case .requestTimeout:
            "Send the whole request in one go. With an Idempotency-Key a repeat is always safe."
        case .severityOnlyRises:
            "Call what links names: POST …/severity/disputes with what you claim and why."
        case .notAllowedFromStatus: "Move to one of the statuses in allowed first, or follow the detail."
        case .staleDraft:
            "Read the entries in current, then GET …/status-updates/draft again and publish with its basis_seq."
        case .incidentEnded: "Reopen it if it goes on; else leave it as it is."
        case .commanderOnly: "PUT …/roles/commander takes the role; current names who holds it."
        case .snoozeLimit:
            "Publish a status update, even one that says that nothing is new: {\"template\": \"nothing_new\"}."
        case .preconditionFailed:
            "GET it again, look at what changed, and send the change with the new ETag if it is still right."
        case .contentTooLarge: "Send less at once: split a long text into several entries, or link to it."
        case .uriTooLong: "Use fewer or shorter query parameters."
        case .unsupportedMediaType:
            "Set Content-Type: application/json, and send the body neither compressed nor in another charset."
        case .expectationFailed: "Leave the Expect field out."
        case .misdirectedRequest:
            "Call the service under a name that DRUMBEAT_HOSTS lists, or have the operator add this one."
        case .validation: "Correct each member that errors points to. Nothing was written."
        case .promiseExceedsCadence:
            "Promise an earlier time, or leave next_update_at out; PATCH …/cadence makes the beat slower."
        case .clockSkew: "Set the sender's clock by NTP; or leave the time out, and the server's counts."
        case .webhookURLRefused: "Use https and a public name, or ask the operator to allow the network."
        case .unfilledDraft: "PATCH the incident with what is missing, and fetch a new draft."
        case .idempotencyKeyReused:
            "Make a new random key for each new request, and keep it for its retries alone."
        case .rateLimited:
            "Stop trying tokens that are not good (a good one is served meanwhile), or write less often: a batch holds 500 entries."
        case .headersTooLarge: "Send fewer or shorter header fields; cookies are not needed here."
        case .internalFault: "Retry once; then give the request_id to the operator."
        case .notImplemented:
            "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, and Transfer-Encoding: chunked alone."
        case .storageUnavailable:
            "Retry after Retry-After with the same key; the operator finds the cause in the log and at /readyz."
        case .overloaded: "Wait as Retry-After says; spread retries by some random part of it."
        case .versionNotSupported: "Speak HTTP/1.1, or put a proxy in front that does."
        }
    }
}
