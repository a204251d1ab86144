import Encoding
import Engine
import HTTP
import Journal
import Model
import Synchronization
import Time

/// An admitted request until its response.
public struct RequestContext: Sendable {
    /// The result of `admit`, passed back with the complete request. A class, because the connection keeps it.
    public final class Ticket: Sendable {
        let route: Route
        public let parameters: [String]
        public let principal: Principal?
        /// Those of the principal: reading them there would copy it for each request.
        let use: TokenUse?
        let expiresAt: Timestamp?
        /// `Authenticator.revision` from before the principal was looked up.
        let revision: Int
        /// Timeout of the response; `nil` for the default.
        let handlerTimeout: Duration?

        init(
            route: Route, parameters: [String], principal: Principal?, revision: Int,
            handlerTimeout: Duration? = nil
        ) {
            self.route = route
            self.parameters = parameters
            self.principal = principal
            use = principal?.use
            expiresAt = principal?.expiresAt
            self.revision = revision
            self.handlerTimeout = handlerTimeout
        }

        /// What the request in progress waits for. A connection has one at a time, so one ticket does for repeated heads.
        private enum Waiting {
            case nothing
            case poll(cancel: @Sendable () -> Void)
            case write(WriteClaim)
            /// Its client has gone, or has been told that it took too long.
            case over
        }

        private let waiting = Mutex(Waiting.nothing)

        /// Whether no one waits for the response any more.
        var isOver: Bool {
            waiting.withLock { if case .over = $0 { true } else { false } }
        }

        /// The long poll waits; `cancel` is called, at most once, when its client has gone.
        func polls(cancel: @escaping @Sendable () -> Void) {
            let isOver = waiting.withLock { waiting in
                if case .over = waiting { return true }
                waiting = .poll(cancel: cancel)
                return false
            }
            if isOver { cancel() }
        }

        func writes(_ claim: WriteClaim) {
            let isOver = waiting.withLock { waiting in
                if case .over = waiting { return true }
                waiting = .write(claim)
                return false
            }
            // It was answered that nothing was written.
            if isOver { _ = claim.withdraw() }
        }

        /// No one waits for the response any more. Returns the write that was on its way.
        func end() -> WriteClaim? {
            let before = waiting.withLock { waiting in
                defer { waiting = .over }
                return waiting
            }
            switch before {
            case .poll(let cancel): cancel()
            case .write(let claim): return claim
            case .nothing, .over: break
            }
            return nil
        }
    }

    /// A reference instead of a copy of the services, which would retain each of them.
    let routing: RouteResponder
    var services: RoutingServices { routing.services }
    public let request: Request
    public let ticket: Ticket
    let respond: @Sendable (Response) -> Void

    /// The first parameter of the path; empty if the path has none.
    public var firstParameter: String { ticket.parameters.first ?? "" }

    public var meters: RequestMeters { routing.meters }

    /// Whether the client has gone, or was told that it took too long: what was not begun must not be.
    public var isOver: Bool { ticket.isOver }

    /// Whether the caller's token is still valid. Asked again when the request acts, as a body and a queue take time.
    public var isAuthorized: Bool {
        // By id: a rotation gives the old token an end, and it stays valid until then.
        routing.isCurrent(ticket)
            || services.credentials.isValid(token: ticket.principal?.id ?? "", at: services.clock())
    }

    /// Calls `cancel` when the client of a long poll has gone.
    public func polls(cancel: @escaping @Sendable () -> Void) {
        ticket.polls(cancel: cancel)
    }

    /// Responds. What was decided when the request arrived is decided again, as a read, a wait and a queue take time.
    public func answer(_ response: Response) {
        if ticket.route.isRechecked, response.status.code < 400,
            let problem = routing.api.problem(answering: ticket.parameters.first ?? "", ticket.principal)
        {
            return fail(problem)
        }
        respond(response)
    }

    /// Whether confidential incidents do not exist for the caller.
    var hidesConfidential: Bool { !ticket.principal.seesConfidential }

    /// The name of a stream, or that of none if the stream does not exist for the caller. All that follows is then as for an unknown name.
    public func visible(_ name: StreamName) -> StreamName {
        routing.api.visible(name, to: ticket.principal)
    }

    public func fail(_ problem: Problem) {
        respond(routing.response(to: problem, id: request.id))
    }

    /// Responds to an error thrown by a row: a problem, or a refusal of the body reader.
    func fail(_ error: any Error) {
        switch error {
        case let problem as Problem: fail(problem)
        case let refusal as Refusal: fail(Problem(refusal))
        default:
            services.log(.error, "request.failed", [("request_id", request.id), ("error", "\(error)")])
            fail(Problem(of: .internalFault))
        }
    }

    /// Responds with `body`, which may block on the store.
    public func read(
        _ priority: WritePriority = .ordinary, _ body: @escaping @Sendable () throws -> Response
    ) {
        onReader(priority) { [self] in answer(try body()) }
    }

    /// Responds with data in memory; rendering may fail.
    public func attemptAnswer(_ body: () throws -> Response) {
        do {
            answer(try body())
        } catch {
            services.log(.error, "answer.failed", [("request_id", request.id), ("error", "\(error)")])
            fail(.unreadableData)
        }
    }

    /// Runs `body` on a thread that may block on the store. `body` must respond unless it throws. Backpressure: a full queue is refused
    /// at once. Critical work, such as a draft, goes first, and its token's limit of requests in flight does not apply.
    public func onReader(
        _ priority: WritePriority = .ordinary, _ body: @escaping @Sendable () throws -> Void
    ) {
        let token = ticket.principal?.id ?? ""
        guard services.tokenLimiter.begin(token, priority: priority) else {
            return fail(.tooManyInFlight)
        }
        let admitted = services.readers.submit(by: token, isUrgent: priority == .critical) { [self] in
            defer { services.tokenLimiter.end(token) }
            // No one waits for the response any more: the client left, or was told that it took too long.
            guard !ticket.isOver else { return }
            guard isAuthorized else { return fail(.tokenRevoked) }
            do {
                try body()
            } catch let problem as Problem {
                fail(problem)
            } catch let fault as StoreFault {
                services.log(.error, "read.failed", [("request_id", request.id), ("error", "\(fault)")])
                fail(
                    Problem(
                        .storageUnavailable,
                        "The store does not respond. Retry in a moment; a retry is always safe.",
                        retryAfterSeconds: 2))
            } catch {
                services.log(.error, "read.failed", [("request_id", request.id), ("error", "\(error)")])
                fail(.unreadableData)
            }
        }
        if !admitted {
            services.tokenLimiter.end(token)
            fail(Problem(of: .overloaded))
        }
    }

    // MARK: Query and conditions

    /// The query parameters of a route; unknown and duplicate ones are refused.
    public func query(_ known: [String], repeatable: [String] = []) throws(Problem) -> Query {
        try Query(request.target.query, known: known, repeatable: repeatable)
    }

    /// Refuses all query parameters.
    public func noQuery() throws(Problem) {
        _ = try query([])
    }

    /// Whether the body is plain text instead of JSON.
    public var isPlainText: Bool {
        RouteResponder.mediaType(request.fields["content-type"]) == RouteResponder.plainText
    }

    /// Whether `Accept` leaves the type to the service, as most clients do.
    public var acceptsAnything: Bool {
        guard let given = request.fields.bytes("accept") else { return true }
        return given.elementsEqual("*/*".utf8)
    }

    /// The type of the response, of `types`; the first of them unless `Accept` prefers another one.
    public func accepted(of types: [String]) -> String {
        let first = types.first ?? ""
        guard !acceptsAnything, let text = request.fields["accept"] else { return first }
        return Accept(text).preferred(of: types) ?? first
    }

    /// Whether `If-None-Match` matches, so that the response is a 304.
    public func holds(_ tag: String) -> Bool {
        // Fast path of a polling dashboard: one tag, equal byte by byte.
        guard let given = request.fields.bytes("if-none-match") else { return false }
        if given.elementsEqual(tag.utf8) { return true }
        guard let tags = request.fields["if-none-match"] else { return false }
        return EntityTag.matches(ifNoneMatch: tags, tag: tag)
    }

    // MARK: What routing itself shows

    /// Responds with the OpenAPI document.
    public func answerDocument() {
        let document = routing.document
        answer(holds(document.tag) ? Responses.notModified(document.tag) : document.answer)
    }

    /// The principal of a token that is sent although the route is open; `nil` for none or an invalid one.
    public var presentedPrincipal: Principal? {
        request.fields.bytes("authorization").flatMap { routing.principal($0) }
    }

    /// The same; an invalid token counts as one, so that an open route tells no one how good a guess was without a trace.
    public var presentedPrincipalCounted: Principal? {
        guard request.fields.bytes("authorization") != nil else { return nil }
        if let principal = presentedPrincipal { return principal }
        routing.countWrongToken(from: request.remoteAddress)
        return nil
    }

}

extension Problem {
    /// A problem whose detail is the text of its page.
    public init(of type: ProblemType) {
        let retryAfterSeconds: Int? =
            switch type {
            case .overloaded: 1
            case .storageUnavailable: 2
            default: nil
            }
        self.init(type, type.meaning, retryAfterSeconds: retryAfterSeconds)
    }

    /// The token has too many requests in flight.
    static var tooManyInFlight: Problem {
        Problem(
            .overloaded,
            "Too many requests of this token are in progress; this one was not started. Wait for the seconds in Retry-After, then retry "
                + "with the same Idempotency-Key. Declaring, raising severity and publishing are still accepted.",
            retryAfterSeconds: 1)
    }

    /// The token exceeds the operator's rate limit.
    static var rateExceeded: Problem {
        Problem(
            .rateLimited,
            "This token exceeded DRUMBEAT_RATE_LIMIT; nothing was written. Wait for the seconds in Retry-After, then retry. "
                + "Declaring, raising severity and publishing are still accepted.", retryAfterSeconds: 1)
    }

    fileprivate static var unreadableData: Problem {
        Problem(.internalFault, "The stored data cannot be read. Run drumbeat verify on the host.")
    }
}
