/// Problems of every write.
public enum Writing {
    public static let problems: [ProblemType] = [
        .preconditionFailed, .idempotencyKeyReused, .internalFault, .storageUnavailable, .overloaded,
    ]
}

extension ProblemType {
    public static let preconditionFailed = ProblemType(
        "precondition-failed", 412, "Another version",
        means: "The incident changed since the tag in If-Match. Read it again and decide anew.",
        remedy:
            "GET it again, look at what changed, and send the change with the new ETag if it is still right.")

    public static let idempotencyKeyReused = ProblemType(
        "idempotency-key-reused", 422, "The key was used for another request",
        means:
            "An Idempotency-Key belongs to one request: same method, path and body. Make a new key for a new request.",
        remedy: "Make a new random key for each new request, and keep it for its retries alone.")

    public static let internalFault = ProblemType(
        "internal", 500, "Our own fault",
        means:
            "Nothing is wrong with the request. The log has more under the request_id. Retrying with the same Idempotency-Key is safe.",
        remedy: "Retry once; then give the request_id to the operator.")

    public static let storageUnavailable = ProblemType(
        "storage-unavailable", 503, "The store takes no writes",
        means:
            "Nothing was acknowledged. Reads go on. Retrying with the same Idempotency-Key is always safe.",
        remedy:
            "Retry after Retry-After with the same key; the operator finds the cause in the log and at /readyz."
    )

    public static let overloaded = ProblemType(
        "overloaded", 503, "Too much waits already",
        means:
            "Nothing was written. Wait as long as Retry-After says, then retry with the same Idempotency-Key.",
        remedy: "Wait as Retry-After says; spread retries by some random part of it.")
}
