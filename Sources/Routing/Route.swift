import HTTP
import Journal
import Model

/// A route, which is one row of the route table: method, path, access, handler and documentation.
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
    /// The handler. It captures the services that it needs.
    let perform: @Sendable (RequestContext) throws -> Void
    /// Index in `RouteTable.rows`, used for metrics.
    var index = 0
    /// Whether its body may be larger than others, for a long text.
    var takesLongText = false
    /// Whether its successful responses are decided again when they are ready (`RoutedAPI.problem(answering:_:)`).
    var isRechecked = false

    init(
        _ method: Method, _ pattern: String, _ access: Access, _ operation: Operation,
        perform: @escaping @Sendable (RequestContext) throws -> Void
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.operation = operation
        self.perform = perform
    }

    /// The same route for bodies with a long text.
    public func takingLongText() -> Route {
        var route = self
        route.takesLongText = true
        return route
    }

    /// The same route, whose successful responses are decided again when they are ready.
    public func rechecked() -> Route {
        var route = self
        route.isRechecked = true
        return route
    }

    /// The media types of its request bodies. A PATCH follows RFC 7396, whose type it may name.
    var mediaTypes: [String] {
        ["application/json"] + (method == .patch ? ["application/merge-patch+json"] : [])
            + (operation.takesText ? [RouteResponder.plainText] : [])
    }

    /// Names of the parameters of a path, in order.
    static func parameterNames(of pattern: String) -> [String] {
        pattern.split(separator: "/").filter { $0.first == "{" }.map { String($0.dropFirst().dropLast()) }
    }
}

/// What the document says of a route beyond method, path and access, and its timeout. A class, so that a matched route is cheap to copy.
final class Operation: Sendable {
    /// The `operationId`.
    let name: String
    let documentation: Documentation
    /// The request body; `nil` for none.
    let body: BodyDescription?
    let bodyMayBeAbsent: Bool
    /// Whether the route honours `If-Match` (optimistic concurrency).
    let isConditional: Bool
    /// Whether the body may be `text/plain`: the member `text`, with the other members in the query.
    let takesText: Bool
    /// Timeout of a request to that target, `nil` for the default; absent when every request has the default.
    let handlerTimeout: (@Sendable (Target) -> Duration?)?

    init(
        _ name: String, _ documentation: Documentation, body: BodyDescription? = nil,
        bodyMayBeAbsent: Bool = false, isConditional: Bool = false, takesText: Bool = false,
        handlerTimeout: (@Sendable (Target) -> Duration?)? = nil
    ) {
        self.name = name
        self.documentation = documentation
        self.body = body
        self.bodyMayBeAbsent = bodyMayBeAbsent
        self.isConditional = isConditional
        self.takesText = takesText
        self.handlerTimeout = handlerTimeout
    }
}

/// The kinds of routes without an action; `Route+Actions.swift` has the others.
extension Route {
    /// A route with a custom handler.
    public static func handler(
        _ method: Method, _ pattern: String, _ access: Access, _ name: String,
        _ documentation: Documentation, handlerTimeout: (@Sendable (Target) -> Duration?)? = nil,
        perform: @escaping @Sendable (RequestContext) throws -> Void
    ) -> Route {
        let operation = Operation(name, documentation, handlerTimeout: handlerTimeout)
        return Route(method, pattern, access, operation, perform: perform)
    }

    /// A write whose handler gets the result of `read`, and the author named in the body.
    ///
    /// `check` adds errors that depend on the running service. `isConditional` if `perform` honours `If-Match`. `takesText` if the body may
    /// also be the plain text of the member `text`.
    public static func write<Value>(
        _ method: Method, _ pattern: String, _ access: Access, _ name: String,
        _ documentation: Documentation, bodyMayBeAbsent: Bool = false, isConditional: Bool = false,
        takesText: Bool = false,
        reading read: @escaping @Sendable (BodyReader) throws(Refusal) -> Value,
        check: @escaping @Sendable (Value, BodyReader) -> Void = { _, _ in },
        perform: @escaping @Sendable (RequestContext, Value, _ author: String?) throws -> Void
    ) -> Route {
        let names = parameterNames(of: pattern)
        let description = recordedBody(read)
        let operation = Operation(
            name, documentation, body: description, bodyMayBeAbsent: bodyMayBeAbsent,
            isConditional: isConditional, takesText: takesText)
        return Route(method, pattern, access, operation) { context in
            let parameters = (names, context.ticket.parameters)
            guard takesText, context.isPlainText else {
                try context.noQuery()
                let body = try BodyReader(
                    context.request.body, mayBeAbsent: bodyMayBeAbsent, parameters: parameters)
                let value = try read(body)
                check(value, body)
                let author = body.author()
                try body.finish()
                return try perform(context, value, author)
            }
            let query = try context.query(description.namesInQuery)
            let body = BodyReader(
                text: context.request.body, in: description, parameters: parameters
            ) { query[$0] }
            let value = try read(body)
            check(value, body)
            let author = body.author()
            do throws(Refusal) {
                try body.finish()
            } catch {
                throw Problem.ofPlainText(error)
            }
            try perform(context, value, author)
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
}

extension Problem {
    /// The errors of a plain text: those of its other members are errors of the query.
    fileprivate static func ofPlainText(_ refusal: Refusal) -> Problem {
        guard let flaw = refusal.flaws.first(where: { !$0.pointer.hasPrefix("#/text") }) else {
            return Problem(refusal)
        }
        return .parameter(String(flaw.pointer.dropFirst(2)), flaw.detail)
    }
}
