import Engine
import HTTP
import Journal
import Model

/// Sign-in by a bearer token.
extension RouteResponder {
    /// Parameter names that clients use for a token in the query.
    private static let leakyNames = ["token", "access_token", "api_key", "bearer"]

    func authenticate(_ head: Head) throws(Problem) -> Principal {
        // A token in a query ends up in logs.
        if let item = head.target.query.first(where: { RouteResponder.leakyNames.contains($0.name) }) {
            throw .parameter(
                item.name,
                "must not be in the query, which is logged. Send the token in the Authorization field.")
        }
        guard let value = head.fields.bytes("authorization") else {
            meters.authenticationFailures.add("missing")
            throw .unauthorized(
                "A token is required. Send Authorization: Bearer dbt_… or create one on the host: drumbeat token create --name … --scope …",
                error: nil)
        }
        if let principal = principal(value) { return principal }
        guard countWrongToken(from: head.remoteAddress) else {
            throw Problem(
                .rateLimited,
                "Too many invalid tokens came from this address; valid ones still work. Wait a minute.",
                retryAfterSeconds: 60)
        }
        guard RouteResponder.bearer(value) != nil else {
            guard value.count != "Bearer".utf8.count else {
                throw .unauthorized(
                    "The token is empty: set DRUMBEAT_TOKEN, or send Authorization: Bearer dbt_… with a token.",
                    error: nil)
            }
            throw .unauthorized(
                "The Authorization field has no bearer token: the word Bearer comes before the token, as in Authorization: Bearer dbt_…",
                error: nil)
        }
        throw .unauthorized(
            "This token is unknown or revoked, or has expired; one that was created a moment ago works within a second. Send "
                + "Authorization: Bearer dbt_… with a valid one. Create one on the host: drumbeat token create --name … --scope …",
            error: "invalid_token")
    }

    /// Counts an invalid token; `false` when the address has sent too many.
    @discardableResult
    func countWrongToken(from address: String) -> Bool {
        let isBelowLimit = failures.count(address, at: services.clock())
        meters.authenticationFailures.add(isBelowLimit ? "wrong" : "limited")
        return isBelowLimit
    }

    /// The principal of an `Authorization` field; `nil` when the token is not valid.
    func principal(_ authorization: ArraySlice<UInt8>) -> Principal? {
        let principal = RouteResponder.bearer(authorization).flatMap {
            services.credentials.authenticator.principal(ofSecret: $0)
        }
        guard let principal, principal.isValid(at: services.clock()) else { return nil }
        principal.use.note()
        return principal
    }

    /// The secret of `Bearer dbt_…`; the scheme is case-insensitive (RFC 9110 §11.1).
    private static func bearer(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let scheme = value.prefix { $0 != 0x20 }
        guard scheme.count == 6, zip(scheme, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }) else {
            return nil
        }
        let secret = value.dropFirst(scheme.count).drop { $0 == 0x20 }
        return secret.isEmpty ? nil : secret
    }
}

extension Problem {
    /// The token was revoked after the head was admitted.
    public static var tokenRevoked: Problem {
        .unauthorized(Refusal.tokenRevoked.detail, error: "invalid_token")
    }

    fileprivate static func unauthorized(_ detail: String, error: String?) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.setChallenge(error: error)
        return problem
    }

    public static func insufficientScope(_ scope: Scope, needed: Scope) -> Problem {
        var problem = Problem(
            .insufficientScope,
            "This token has scope \(scope.rawValue); \(needed.rawValue) is required. Create a token on the host: drumbeat "
                + "token create --name … --scope \(needed.rawValue)"
        )
        problem.fields = [
            (
                "WWW-Authenticate",
                "Bearer realm=\"drumbeat\", error=\"insufficient_scope\", scope=\"\(needed.rawValue)\""
            )
        ]
        return problem
    }
}
