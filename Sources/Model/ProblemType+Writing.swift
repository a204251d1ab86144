/// Problems of every write.
public enum Writing {
    public static let problems: [ProblemType] = [
        .preconditionFailed, .idempotencyKeyReused, .internalFault, .storageUnavailable, .overloaded,
        .unauthorized,
    ]
}

extension ProblemType {
    public static let unauthorized = ProblemType(
        "unauthorized", 401, "A token is required",
        means:
            "The request has no valid token. Send Authorization: Bearer dbt_…; on the host, drumbeat token create prints a token.",
        remedy:
            "Check that the token was copied completely and is not revoked. An admin can list tokens with GET /v1/tokens."
    )

    public static let preconditionFailed = ProblemType(
        "precondition-failed", 412, "The version has changed",
        means: "The resource changed since the ETag in If-Match. Read it, then retry with the new ETag.",
        remedy:
            "GET it, check what changed, and if your change still applies, send it with the new ETag.")

    public static let idempotencyKeyReused = ProblemType(
        "idempotency-key-reused", 422, "The Idempotency-Key was used for another request",
        means:
            "An Idempotency-Key identifies one request: method, path and body. Use a new key for a new request.",
        remedy: "Generate a random key for each request and reuse it only for retries of that request.")

    public static let internalFault = ProblemType(
        "internal", 500, "Internal error",
        means:
            "The service failed. The log has the details under the request_id. A retry with the same Idempotency-Key is safe.",
        remedy: "Retry once with the same Idempotency-Key, then give the request_id to the operator.")

    public static let storageUnavailable = ProblemType(
        "storage-unavailable", 503, "The store accepts no writes",
        means:
            "Nothing was acknowledged. Reads still work. A retry with the same Idempotency-Key is always safe.",
        remedy:
            "Retry with the same key after the seconds in Retry-After. The log and /readyz show the operator the cause."
    )

    public static let overloaded = ProblemType(
        "overloaded", 503, "The service is overloaded",
        means:
            "Nothing was written. Wait for the seconds in Retry-After, then retry with the same Idempotency-Key.",
        remedy: "Wait for the seconds in Retry-After, plus a random part of them.")
}
