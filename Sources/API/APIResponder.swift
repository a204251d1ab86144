import Engine
import HTTP
import Incidents
import Journal
import Model
import Time

/// The API as a responder: admits heads, dispatches requests, renders errors.
public final class APIResponder: Responder {
    let services: Services
    let cache = ResponseCache(bytesMax: 16 << 20)
    /// `/openapi.json`, rendered once.
    let document: (tag: String, answer: Response)
    /// Source of server-sent events.
    let frames: EventFrames
    private let failures = FailureCounter()

    public init(_ services: Services) {
        self.services = services
        frames = EventFrames(
            recentEntries: services.recentEntries, incidents: services.incidents, log: services.log)
        let bytes = OpenAPI.bytes(version: services.version)
        let tag = ETags.body(bytes)
        document = (tag, Responses.bytes(.ok, bytes, tag: tag))
    }

    // MARK: Admission

    /// Admission by the head alone: authenticates and authorises the caller before the body is read.
    public func admit(_ head: Head) -> Admission {
        do throws(Problem) {
            return try judge(head)
        } catch {
            services.meters.refusals.add(error.type.slug)
            log(head.method, route: "-", status: error.type.status, id: head.id, principal: nil)
            return .refuse(error.response(id: head.id))
        }
    }

    private func judge(_ head: Head) throws(Problem) -> Admission {
        if head.target.isAsterisk {
            return .refuse(Responses.options([.get, .head, .post, .put, .patch, .delete, .options]))
        }
        let match = APIResponder.match(head)
        // Read before the token is looked up, so that a concurrent change is detected later.
        let revision = services.credentials.authenticator.revision
        if case .route(let route, let parameters) = match, route.access == .open {
            return .proceed(
                bodyBytesMax: 0,
                ticket: RequestContext.RouteMatch(
                    route: route, parameters: parameters, principal: nil, revision: revision))
        }
        if case .methodNotAllowed(let allow) = match, APIResponder.isOpen(head.target.path) {
            return try options(head, allow)
        }
        // Only a token holder may learn whether a path exists.
        let principal = try authenticate(head)
        switch match {
        case .notFound:
            throw Problem(
                .notFound,
                "Nothing exists at this path. Paths begin with \(Route.beginnings)."
            )
        case .methodNotAllowed(let allow):
            return try options(head, allow)
        case .route(let route, let parameters):
            if case .scope(let scope) = route.access, principal.scope < scope {
                throw .insufficientScope(principal.scope, needed: scope)
            }
            try checkContent(head)
            let handlerTimeout = route.mayWait ? LongPoll.handlerTimeout(head.target) : nil
            let ticket = RequestContext.RouteMatch(
                route: route, parameters: parameters, principal: principal, revision: revision,
                handlerTimeout: handlerTimeout)
            return .proceed(bodyBytesMax: services.bodyBytesMax, ticket: ticket)
        }
    }

    private func options(_ head: Head, _ allow: [Method]) throws(Problem) -> Admission {
        guard head.method == .options else { throw .methodNotAllowed(allow) }
        return .refuse(Responses.options(allow))
    }

    /// Whether the path can be read without a token, so that its existence is not a secret.
    private static func isOpen(_ path: [String]) -> Bool {
        guard case .route(let route, _) = Route.router.match(.get, path) else { return false }
        return route.access == .open
    }

    private static func match(_ head: Head) -> Router<Route>.Match {
        if head.method == .options {
            let allowed = Route.router.allowed(head.target.path)
            return allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed)
        }
        return Route.router.match(head.method, head.target.path)
    }

    /// Parameter names that clients use for a token in the query.
    private static let leakyNames = ["token", "access_token", "api_key", "bearer"]

    private func authenticate(_ head: Head) throws(Problem) -> Principal {
        // A token in a query ends up in logs.
        if let item = head.target.query.first(where: { APIResponder.leakyNames.contains($0.name) }) {
            throw .parameter(
                item.name,
                "must not be in the query, which is logged. Send the token in the Authorization field.")
        }
        guard let value = head.fields.bytes("authorization") else {
            services.meters.authenticationFailures.add("missing")
            throw .unauthorized(
                "A token is required. Send Authorization: Bearer dbt_… or create one on the host: drumbeat token create --name … --scope …",
                error: nil)
        }
        if let principal = principal(value) { return principal }
        guard failures.count(head.remoteAddress, at: services.clock()) else {
            services.meters.authenticationFailures.add("limited")
            var problem = Problem(
                .rateLimited,
                "Too many invalid tokens came from this address; valid ones still work. Wait a minute.")
            problem.fields = [("Retry-After", "60")]
            throw problem
        }
        services.meters.authenticationFailures.add("wrong")
        throw .unauthorized(
            "This token is unknown or revoked. Send Authorization: Bearer dbt_… with a valid one. Create one on the host: "
                + "drumbeat token create", error: "invalid_token")
    }

    /// The principal of an `Authorization` field; `nil` when the token is not valid.
    func principal(_ authorization: ArraySlice<UInt8>) -> Principal? {
        APIResponder.bearer(authorization).flatMap {
            services.credentials.authenticator.principal(ofSecret: $0)
        }
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

    private func checkContent(_ head: Head) throws(Problem) {
        guard head.bodyExpected else { return }
        guard APIResponder.isJSON(head.fields["content-type"]) else {
            var problem = Problem(
                .unsupportedMediaType,
                "The body must be application/json in UTF-8. curl --json '…' sets the header.")
            problem.fields = [("Accept", "application/json")]
            throw problem
        }
    }

    private static func isJSON(_ value: String?) -> Bool {
        guard let value else { return false }
        let parts = asciiLowercased(value).utf8.split(separator: 0x3B, omittingEmptySubsequences: false).map {
            part in
            String(
                decoding: part.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }
                    .reversed(), as: UTF8.self)
        }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
            && parts.count <= 2
    }

    // MARK: Dispatch

    /// Dispatches a request to its route.
    public func respond(
        to request: Request, ticket: any Sendable, reply: @escaping @Sendable (Response) -> Void
    ) {
        guard let ticket = ticket as? RequestContext.RouteMatch else {
            return reply(Problem(.internalFault, "The request has no route.").response(id: request.id))
        }
        let meter = services.meters.routes[ticket.route.index]
        let context = RequestContext(api: self, request: request, ticket: ticket) { [self] response in
            // The only clock reading per request: the loop reads the receive time once per round.
            let nanoseconds = services.monotonicNanoseconds() - request.receivedNanoseconds
            meter.count(response.status.code, nanoseconds: nanoseconds)
            log(
                request.method, route: ticket.route.pattern, status: response.status.code, id: request.id,
                principal: ticket.principal, nanoseconds: nanoseconds)
            reply(response)
        }
        do {
            try ticket.route.perform(self, context)
        } catch {
            context.fail(error)
        }
    }

    /// Only a valid token makes a connection trusted; a route open to everyone does not.
    public func isTrusted(ticket: any Sendable) -> Bool {
        (ticket as? RequestContext.RouteMatch)?.principal != nil
    }

    /// The same head has the same meaning; only the token's validity can have changed.
    public func stillHolds(ticket: any Sendable) -> Bool {
        guard let ticket = ticket as? RequestContext.RouteMatch else { return false }
        return ticket.principal == nil || ticket.revision == services.credentials.authenticator.revision
    }

    /// A long poll waits longer than other requests.
    public func handlerTimeout(ticket: any Sendable) -> Duration? {
        (ticket as? RequestContext.RouteMatch)?.handlerTimeout
    }

    /// Renders an error of the parser or the server.
    public func refusal(_ fault: HTTPError, id: String) -> Response {
        services.meters.refusals.add(fault.slug)
        log(nil, route: "-", status: fault.status.code, id: id, principal: nil)
        return Problem.response(fault, id: id)
    }

    /// Successful reads are logged at debug level only.
    private func log(
        _ method: Method?, route: String, status: Int, id: String, principal: Principal?,
        nanoseconds: Int64 = 0
    ) {
        let isQuiet = status < 400 && method.map { !$0.isWrite } ?? false
        guard !isQuiet || services.isDebugging else { return }
        services.log(
            isQuiet ? .debug : .info, "request.answered",
            [
                ("method", method?.rawValue ?? "-"), ("route", route), ("status", "\(status)"),
                ("duration_ms", "\(nanoseconds / 1_000_000)"), ("token", principal?.name ?? "-"),
                ("request_id", id),
            ])
    }
}

extension Problem {
    static func unauthorized(_ detail: String, error: String?) -> Problem {
        var problem = Problem(.unauthorized, detail)
        let challenge = "Bearer realm=\"drumbeat\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        problem.fields = [("WWW-Authenticate", challenge)]
        return problem
    }

    static func insufficientScope(_ scope: Scope, needed: Scope) -> Problem {
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

    static func methodNotAllowed(_ allow: [Method]) -> Problem {
        let names = allow.map(\.rawValue).joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "This path allows \(names).")
        problem.allowed = allow.map(\.rawValue)
        problem.fields = [("Allow", names)]
        return problem
    }
}

extension Method {
    /// Whether it may change something.
    var isWrite: Bool {
        self != .get && self != .head && self != .options
    }
}
