import Engine
import HTTP
import Incidents
import Journal
import Model

/// A row of the route table: method, path, access, handler and documentation.
///
/// Every route must declare its access, so that nothing is open by accident (security.md, "Authentication and authorisation").
public struct Route: Sendable {
    public enum Access: Sendable, Equatable {
        /// Everyone, without a token.
        case open
        /// A token with that scope or a wider one.
        case scope(Scope)
    }

    public let method: Method
    /// The path, with `{parameters}`.
    public let pattern: String
    public let access: Access
    let operation: Operation
    /// Whether its parameter `wait` extends the timeout.
    let mayWait: Bool
    let perform: @Sendable (APIResponder, RequestContext) throws -> Void
    /// Index in `all`, used for metrics.
    var index = 0

    private init(
        _ method: Method, _ pattern: String, _ access: Access, _ operation: Operation, mayWait: Bool = false,
        perform: @escaping @Sendable (APIResponder, RequestContext) throws -> Void
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.operation = operation
        self.mayWait = mayWait
        self.perform = perform
    }

    /// Grouped by capability.
    public static let all: [Route] =
        incidents + timeline + cadence + updates + inventory + webhooks + tokens + service

    /// First segments of the paths under `/v1`, for messages.
    static let beginnings: String = {
        var beginnings: [String] = []
        for route in all where route.pattern.hasPrefix("/v1/") {
            let beginning = "/" + route.pattern.split(separator: "/").prefix(2).joined(separator: "/")
            if !beginnings.contains(beginning) { beginnings.append(beginning) }
        }
        return beginnings.joined(separator: ", ")
    }()

    static let router: Router<Route> = {
        var router = Router<Route>()
        for (index, var route) in all.enumerated() {
            route.index = index
            router.add(route.method, route.pattern, route)
        }
        return router
    }()
}

/// How rows refer to an aggregate: its shelf, the name in the path, and the response to a change.
struct Addressing<State: StoredAggregate>: Sendable {
    let shelf: @Sendable (Services) -> Shelf<State>
    let name: @Sendable (RequestContext) throws(Problem) -> StreamName
    let answer: Documentation.ResponseDescription
}

extension Addressing<Incident> {
    static let incidents = Addressing(
        shelf: { $0.incidents }, name: { (context) throws(Problem) in try context.incidentName() },
        answer: .incident)
}

/// The documented side of a route. A class, so that a matched route is cheap to copy.
final class Operation: Sendable {
    /// The `operationId`.
    let name: String
    let documentation: Documentation
    /// The request body; `nil` for none.
    let body: BodyDescription?
    let bodyMayBeAbsent: Bool

    init(
        _ name: String, _ documentation: Documentation, body: BodyDescription? = nil,
        bodyMayBeAbsent: Bool = false
    ) {
        self.name = name
        self.documentation = documentation
        self.body = body
        self.bodyMayBeAbsent = bodyMayBeAbsent
    }
}

/// The kinds of rows.
extension Route {
    /// A route with a custom handler.
    static func handler(
        _ method: Method, _ pattern: String, _ access: Access, _ name: String,
        _ documentation: Documentation, mayWait: Bool = false,
        perform: @escaping @Sendable (APIResponder, RequestContext) throws -> Void
    ) -> Route {
        Route(method, pattern, access, Operation(name, documentation), mayWait: mayWait, perform: perform)
    }

    /// A write whose handler gets the result of `read`, and the author named in the body.
    ///
    /// `check` adds errors that depend on the running service.
    static func write<Value>(
        _ method: Method, _ pattern: String, _ access: Access, _ name: String,
        _ documentation: Documentation, bodyMayBeAbsent: Bool = false,
        reading read: @escaping @Sendable (BodyReader) throws(Refusal) -> Value,
        check: @escaping @Sendable (Value, BodyReader, Services) -> Void = { _, _, _ in },
        perform: @escaping @Sendable (APIResponder, RequestContext, Value, _ author: String?) throws -> Void
    ) -> Route {
        let names = parameterNames(of: pattern)
        let operation = Operation(
            name, documentation, body: recordedBody(read), bodyMayBeAbsent: bodyMayBeAbsent)
        return Route(method, pattern, access, operation) { api, context in
            try context.noQuery()
            let body = try BodyReader(
                context.request.body, mayBeAbsent: bodyMayBeAbsent,
                parameters: (names, context.ticket.parameters))
            let value = try read(body)
            check(value, body, api.services)
            let author = body.author()
            try body.finish()
            try perform(api, context, value, author)
        }
    }

    /// An action on the incident named in the path. A DELETE names its author in the query, other methods in the body.
    static func action<Requested: RequestedAction<Incident>>(
        _ method: Method, _ pattern: String, _ access: Access, _ action: Requested.Type,
        showing shown: PerformAction<Incident>.Shown = .state, _ documentation: Documentation
    ) -> Route {
        self.action(method, pattern, access, action, on: .incidents, showing: shown, documentation)
    }

    /// An action on the stream named in the path.
    static func action<State, Requested: RequestedAction<State>>(
        _ method: Method, _ pattern: String, _ access: Access, _ action: Requested.Type,
        on place: Addressing<State>, showing shown: PerformAction<State>.Shown = .state,
        _ documentation: Documentation
    ) -> Route {
        var documentation = documentation
        documentation.answers.insert(shown == .entry ? .entry : place.answer, at: 0)
        guard method != .delete else {
            return delete(pattern, access, action, on: place, showing: shown, documentation)
        }
        return write(
            method, pattern, access, Requested.name, documentation, reading: Requested.init(from:)
        ) { _, context, action, author in
            // A POST appends, and a bot must not lose an entry: If-Match applies to changes only.
            let ifMatch = method == .post ? nil : context.versionsOfIfMatch
            try context.change(action, on: place, showing: shown, ifMatch: ifMatch, author: author)
        }
    }

    /// Changes the stream named in the path, or opens it.
    static func put<State, Requested: RequestedPut<State>>(
        _ pattern: String, _ access: Access, _ action: Requested.Type, on place: Addressing<State>,
        _ documentation: Documentation
    ) -> Route {
        var documentation = documentation
        var created = place.answer
        created.status = 201
        created.hasLocation = true
        documentation.answers += [place.answer, created]
        return write(
            .put, pattern, access, Requested.name, documentation, reading: Requested.init(from:)
        ) { _, context, action, author in
            context.submit(
                PutStream(action, in: place.shelf(context.services), if: context.preconditions),
                author: author)
        }
    }

    /// Opens an incident.
    static func opening<Requested: RequestedOpening<Incident>>(
        _ method: Method, _ pattern: String, _ access: Access, _ action: Requested.Type,
        _ documentation: Documentation
    ) -> Route {
        write(method, pattern, access, Requested.name, documentation, reading: Requested.init(from:)) {
            $1.submit(OpenStream($2, in: $0.services.incidents), author: $3)
        }
    }

    private static func delete<State, Requested: RequestedAction<State>>(
        _ pattern: String, _ access: Access, _ action: Requested.Type, on place: Addressing<State>,
        showing shown: PerformAction<State>.Shown, _ documentation: Documentation
    ) -> Route {
        let names = parameterNames(of: pattern)
        var documentation = documentation
        documentation.query.append(.author)
        let operation = Operation(Requested.name, documentation)
        return Route(.delete, pattern, access, operation) { _, context in
            let query = try context.query(["author"])
            let body = try BodyReader(
                [], mayBeAbsent: true, parameters: (names, context.ticket.parameters))
            let action = try Requested(from: body)
            let author = try query.author()
            try context.change(
                action, on: place, showing: shown, ifMatch: context.versionsOfIfMatch, author: author)
        }
    }

    private static func recordedBody<Value>(
        _ read: (BodyReader) throws(Refusal) -> Value
    ) -> BodyDescription {
        BodyReader.record { (body) throws(Refusal) in
            _ = try read(body)
            _ = body.author()
        }
    }

    /// Names of the parameters of a path, in order.
    static func parameterNames(of pattern: String) -> [String] {
        pattern.split(separator: "/").filter { $0.first == "{" }.map { String($0.dropFirst().dropLast()) }
    }
}

extension RequestContext {
    /// The versions accepted by `If-Match`; `nil` for any.
    var versionsOfIfMatch: [Int]? { ETags.versions(ifMatch: request.fields["if-match"]) }

    var preconditions: Preconditions {
        Preconditions(
            ifMatch: ETags.match(request.fields["if-match"]),
            // RFC 9110 §13.1.2: weak comparison.
            ifNoneMatch: ETags.match(request.fields["if-none-match"], weakly: true))
    }

    /// Performs an action on the stream named in the path.
    func change<State>(
        _ action: any Action<State>, on place: Addressing<State>, showing shown: PerformAction<State>.Shown,
        ifMatch versions: [Int]?, author: String?
    ) throws(Problem) {
        let name = try place.name(self)
        submit(
            PerformAction(
                action, on: name, in: place.shelf(services), showing: shown, ifMatch: versions),
            author: author)
    }
}
