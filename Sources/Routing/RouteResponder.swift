import HTTP
import Engine
import Model

/// An API as a responder: admits heads, dispatches requests to their rows, renders errors.
public final class RouteResponder: Responder {
    public let table: RouteTable
    public let meters: RequestMeters
    let api: any RoutedAPI
    let services: RoutingServices
    /// `/openapi.json`, rendered once.
    let document: (tag: String, answer: Response)
    let failures = FailureCounter()

    /// `problems` are all that the API knows, `document` is its OpenAPI document.
    public init(
        _ table: RouteTable, of api: any RoutedAPI, problems: [ProblemType], document: [UInt8],
        _ services: RoutingServices
    ) {
        self.table = table
        self.api = api
        self.services = services
        meters = RequestMeters(table, problems: problems)
        let tag = ETags.body(document)
        self.document = (tag, Responses.bytes(.ok, document, tag: tag))
    }

    // MARK: Admission

    /// Admission by the head alone: authenticates and authorises the caller before the body is read.
    public func admit(_ head: Head) -> Admission {
        do throws(Problem) {
            return try judge(head)
        } catch {
            meters.refusals.add(error.type.slug)
            log(head.method, route: "-", status: error.type.status, id: head.id, principal: nil)
            return .refuse(response(to: error, id: head.id))
        }
    }

    private func judge(_ head: Head) throws(Problem) -> Admission {
        if head.target.isAsterisk {
            return .refuse(Responses.options([.get, .head, .post, .put, .patch, .delete, .options]))
        }
        let match = table.match(head)
        // Read before the token is looked up, so that a concurrent change is detected later.
        let revision = services.credentials.authenticator.revision
        if case .route(let route, let parameters) = match, route.access == .open {
            return .proceed(
                bodyBytesMax: 0,
                ticket: RequestContext.Ticket(
                    route: route, parameters: parameters, principal: nil, revision: revision))
        }
        if case .methodNotAllowed(let allow) = match, table.isOpen(head.target.path) {
            return try options(head, allow)
        }
        // Only a token holder may learn whether a path exists.
        let principal = try authenticate(head)
        switch match {
        case .notFound:
            throw Problem(
                .notFound,
                "Nothing exists at this path. Paths begin with \(table.beginnings)."
            )
        case .methodNotAllowed(let allow):
            return try options(head, allow)
        case .route(let route, let parameters):
            if case .scope(let scope) = route.access, principal.scope < scope {
                throw .insufficientScope(principal.scope, needed: scope)
            }
            try checkContent(head)
            let handlerTimeout = route.operation.handlerTimeout?(head.target)
            let ticket = RequestContext.Ticket(
                route: route, parameters: parameters, principal: principal, revision: revision,
                handlerTimeout: handlerTimeout)
            return .proceed(bodyBytesMax: services.bodyBytesMax, ticket: ticket)
        }
    }

    private func options(_ head: Head, _ allow: [Method]) throws(Problem) -> Admission {
        guard head.method == .options else { throw .methodNotAllowed(allow) }
        return .refuse(Responses.options(allow))
    }

    private func checkContent(_ head: Head) throws(Problem) {
        guard head.bodyExpected else { return }
        guard RouteResponder.isJSON(head.fields["content-type"]) else {
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
        guard let ticket = ticket as? RequestContext.Ticket else {
            return reply(Problem(.internalFault, "The request has no route.").response(id: request.id))
        }
        let meter = meters.routes[ticket.route.index]
        ticket.use?.note()
        let context = RequestContext(routing: self, request: request, ticket: ticket) { [self] response in
            // The only clock reading per request: the loop reads the receive time once per round.
            let nanoseconds = services.monotonicNanoseconds() - request.receivedNanoseconds
            meter.count(response.status.code, nanoseconds: nanoseconds)
            log(
                request.method, route: ticket.route.pattern, status: response.status.code, id: request.id,
                principal: ticket.principal, nanoseconds: nanoseconds)
            reply(response)
        }
        do {
            try ticket.route.perform(context)
        } catch {
            context.fail(error)
        }
    }

    /// Only a valid token makes a connection trusted; a route open to everyone does not.
    public func isTrusted(ticket: any Sendable) -> Bool {
        (ticket as? RequestContext.Ticket)?.principal != nil
    }

    /// The same head has the same meaning; only the token's validity can have changed.
    public func stillHolds(ticket: any Sendable) -> Bool {
        guard let ticket = ticket as? RequestContext.Ticket else { return false }
        guard ticket.use != nil else { return true }
        guard ticket.revision == services.credentials.authenticator.revision else { return false }
        return ticket.expiresAt.map { $0 > services.clock() } ?? true
    }

    /// A long poll waits longer than other requests.
    public func handlerTimeout(ticket: any Sendable) -> Duration? {
        (ticket as? RequestContext.Ticket)?.handlerTimeout
    }

    /// The events after `id` in a channel.
    public func events(of channel: EventChannel, after id: Int) -> EventSlice? {
        api.events(of: channel, after: id)
    }

    // MARK: Errors

    /// Renders a problem with the links that lead to a row.
    func response(to problem: Problem, id: String) -> Response {
        guard !problem.links.isEmpty else { return problem.response(id: id) }
        let name = problem.stream.flatMap { api.pathName(of: $0) }
        return problem.response(id: id, links: problem.links.compactMap { table.resolve($0, on: name) })
    }

    /// Renders an error of the parser or the server.
    public func refusal(_ fault: HTTPError, id: String) -> Response {
        meters.refusals.add(fault.slug)
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
    fileprivate static func methodNotAllowed(_ allow: [Method]) -> Problem {
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
