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
    private let refusalLog = RefusalLog()

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
            var response = page(instead: error, head) ?? response(to: error, id: head.id)
            response.problem = error.type.slug
            log(Answered(response, head.method, from: head.remoteAddress, id: head.id))
            return .refuse(response)
        }
    }

    /// The 401 in words, for a browser, and for who asks for plain text and sends no token. Equal for what exists and what does not.
    private func page(instead problem: Problem, _ head: Head) -> Response? {
        guard problem.type == .unauthorized, !head.method.isWrite, let accept = head.fields["accept"] else {
            return nil
        }
        let type = Accept(accept).preferred(of: ["application/json", "text/html", "text/plain"])
        guard type == "text/html" || type == "text/plain" && head.fields.bytes("authorization") == nil else {
            return nil
        }
        return TokenRequiredPage.response(
            api.subject(ofLink: head.target.path), html: type == "text/html", fields: problem.fields)
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
            throw .unknownPath(
                "/" + head.target.path.joined(separator: "/"), advice: table.advice(on: head.target.path))
        case .methodNotAllowed(let allow):
            return try options(head, allow)
        case .route(let route, let parameters):
            if case .scope(let scope) = route.access, principal.scope < scope {
                throw .insufficientScope(principal.scope, needed: scope)
            }
            try checkContent(head, route)
            let handlerTimeout = route.operation.handlerTimeout?(head.target)
            let ticket = RequestContext.Ticket(
                route: route, parameters: parameters, principal: principal, revision: revision,
                handlerTimeout: handlerTimeout)
            // A text of 65,536 characters may need 1 MiB in JSON. A lower DRUMBEAT_BODY_MAX lowers this as well.
            let bytesMax = services.bodyBytesMax * (route.takesLongText ? 4 : 1)
            return .proceed(bodyBytesMax: bytesMax, ticket: ticket)
        }
    }

    private func options(_ head: Head, _ allow: [Method]) throws(Problem) -> Admission {
        guard head.method == .options else {
            let row = table.row(at: head.target.path)
            throw .methodNotAllowed(allow, row?.operation.documentation.instead ?? "")
        }
        return .refuse(Responses.options(allow))
    }

    private func checkContent(_ head: Head, _ route: Route) throws(Problem) {
        guard head.bodyExpected else { return }
        let types = route.mediaTypes
        guard RouteResponder.mediaType(head.fields["content-type"]).map(types.contains) ?? false else {
            var detail = "The body must be application/json in UTF-8. curl --json '…' sets the header."
            if types.contains(RouteResponder.plainText) {
                detail +=
                    " A text alone may be text/plain: curl -H 'Content-Type: text/plain' --data-binary @FILE."
            }
            var problem = Problem(.unsupportedMediaType, detail)
            problem.fields = [("Accept", types.joined(separator: ", "))]
            throw problem
        }
    }

    private static let json = "application/json"
    static let plainText = "text/plain"

    /// The lower-case media type of a `Content-Type` without parameters, except for the charset UTF-8; `nil` for any other.
    static func mediaType(_ value: String?) -> String? {
        guard let value else { return nil }
        // What nearly every request has, and what is asked three times of it.
        if value == json { return json }
        if value == plainText { return plainText }
        let parts = asciiLowercased(value).utf8.split(separator: 0x3B, omittingEmptySubsequences: false).map {
            part in
            String(
                decoding: part.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }
                    .reversed(), as: UTF8.self)
        }
        guard parts.count <= 2,
            parts.dropFirst().allSatisfy({ ["charset=utf-8", "charset=\"utf-8\""].contains($0) })
        else { return nil }
        return parts.first
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
            var answered = Answered(response, request.method, from: request.remoteAddress, id: request.id)
            answered.route = ticket.route.pattern
            answered.principal = ticket.principal
            answered.nanoseconds = nanoseconds
            log(answered)
            reply(response)
        }
        guard context.isAuthorized else { return context.fail(.tokenRevoked) }
        do {
            try ticket.route.perform(context)
        } catch {
            context.fail(error)
        }
    }

    /// Only a valid token makes an owner; a route open to everyone does not.
    public func owner(ticket: any Sendable) -> String? {
        (ticket as? RequestContext.Ticket)?.principal?.id
    }

    /// The same head has the same meaning; only the token's validity can have changed.
    public func stillHolds(ticket: any Sendable) -> Bool {
        (ticket as? RequestContext.Ticket).map(isCurrent) ?? false
    }

    /// Whether the ticket's token is valid because no token has changed since, and its own is not at its end.
    func isCurrent(_ ticket: RequestContext.Ticket) -> Bool {
        guard ticket.use != nil else { return true }
        guard ticket.revision == services.credentials.authenticator.revision else { return false }
        return ticket.expiresAt.map { $0 > services.clock() } ?? true
    }

    /// A long poll waits longer than other requests.
    public func handlerTimeout(ticket: any Sendable) -> Duration? {
        (ticket as? RequestContext.Ticket)?.handlerTimeout
    }

    /// A long poll is cancelled. A write goes on: its client may have sent it and left.
    public func abandon(ticket: any Sendable) {
        _ = (ticket as? RequestContext.Ticket)?.end()
    }

    /// A write that the lane has begun may be written. A read, and a write that was taken back, is not.
    public func expire(ticket: any Sendable) -> HTTPError {
        guard let claim = (ticket as? RequestContext.Ticket)?.end(), !claim.withdraw() else {
            return .overloaded
        }
        return .outcomeUnknown
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
    public func refusal(_ fault: HTTPError, of refused: RefusedRequest) -> Response {
        meters.refusals.add(fault.slug)
        let response = Problem.response(fault, id: refused.id)
        log(Answered(response, refused.method, from: refused.remoteAddress, id: refused.id))
        return response
    }

    // MARK: Log

    /// A response as the log shows it.
    private struct Answered {
        let status: Int
        let problem: String?
        let method: Method?
        let client: String
        let id: String
        var route = "-"
        var principal: Principal?
        var nanoseconds: Int64 = 0

        init(_ response: Response, _ method: Method?, from client: String, id: String) {
            status = response.status.code
            problem = response.problem
            self.method = method
            self.client = client
            self.id = id
        }
    }

    /// Successful reads are logged at debug level only, and refusals at a limited rate.
    private func log(_ answered: Answered) {
        let isQuiet = answered.status < 400 && answered.method.map { !$0.isWrite } ?? false
        guard !isQuiet || services.isDebugging else { return }
        let token = answered.principal?.name ?? RefusalLog.stranger
        if answered.status >= 400 {
            let (isLogged, suppressed) = refusalLog.count(token, at: services.clock())
            log(suppressed)
            guard isLogged else { return }
        }
        var fields = [
            ("method", answered.method?.rawValue ?? "-"), ("route", answered.route),
            ("status", "\(answered.status)"),
        ]
        if let problem = answered.problem { fields.append(("problem", problem)) }
        fields += [
            ("duration_ms", "\(answered.nanoseconds / 1_000_000)"), ("token", token),
            ("client", answered.client),
            ("request_id", answered.id),
        ]
        services.log(isQuiet ? .debug : .info, "request.answered", fields)
    }

    private func log(_ suppressed: RefusalLog.Suppressed) {
        for (token, count) in suppressed {
            services.log(.warning, "request.refusals_suppressed", [("token", token), ("count", "\(count)")])
        }
    }

    /// Logs how many refusals were not logged. Call about once a second.
    public func logSuppressed() {
        log(refusalLog.suppressed(at: services.clock()))
    }
}

extension Problem {
    fileprivate static func methodNotAllowed(_ allow: [Method], _ advice: String) -> Problem {
        let names = allow.map(\.rawValue).joined(separator: ", ")
        let detail = "This path allows \(names)." + (advice.isEmpty ? "" : " \(advice)")
        var problem = Problem(.methodNotAllowed, detail)
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
