import Engine
import HTTP
import Journal
import Model

/// How routes refer to an aggregate: its shelf, the name in the path, and the responses to a change.
public struct Addressing<State: StoredAggregate>: Sendable {
    let shelf: Shelf<State>
    let name: @Sendable (RequestContext) throws(Problem) -> StreamName
    /// The response that shows the state.
    let state: Documentation.ResponseDescription
    /// The response that shows the added entry.
    let entry: Documentation.ResponseDescription

    public init(
        shelf: Shelf<State>, name: @escaping @Sendable (RequestContext) throws(Problem) -> StreamName,
        state: Documentation.ResponseDescription, entry: Documentation.ResponseDescription
    ) {
        self.shelf = shelf
        self.name = name
        self.state = state
        self.entry = entry
    }
}

/// The routes of actions.
extension Route {
    /// An action on the stream named in the path. A DELETE names its author in the query, other methods in the body.
    ///
    /// `scope` is what this request needs beyond `access`.
    public static func action<State, Requested: RequestedAction<State>>(
        _ method: Method, _ pattern: String, _ access: Access, _ action: Requested.Type,
        on place: Addressing<State>, showing shown: PerformAction<State>.Shown = .state,
        bodyMayBeAbsent: Bool = false, takesText: Bool = false,
        needing scope: @escaping @Sendable (Requested) -> Scope? = { _ in nil },
        _ documentation: Documentation
    ) -> Route {
        var documentation = documentation
        documentation.answers.insert(shown == .entry ? place.entry : place.state, at: 0)
        guard method != .delete else {
            return delete(pattern, access, action, on: place, showing: shown, documentation)
        }
        // A POST appends, and a bot must not lose an entry: If-Match applies to changes only.
        return write(
            method, pattern, access, Requested.name, documentation, bodyMayBeAbsent: bodyMayBeAbsent,
            isConditional: method != .post,
            takesText: takesText, reading: Requested.init(from:)
        ) { context, action, author in
            if let needed = scope(action), let principal = context.ticket.principal, principal.scope < needed
            {
                throw Problem.insufficientScope(principal.scope, needed: needed)
            }
            try context.change(action, on: place, showing: shown, author: author)
        }
    }

    /// Changes the stream named in the path, or opens it.
    public static func put<State, Requested: RequestedPut<State>>(
        _ pattern: String, _ access: Access, _ action: Requested.Type, on place: Addressing<State>,
        _ documentation: Documentation
    ) -> Route {
        var documentation = documentation
        var created = place.state
        created.status = 201
        created.hasLocation = true
        documentation.answers += [place.state, created]
        return write(
            .put, pattern, access, Requested.name, documentation, isConditional: true,
            reading: Requested.init(from:)
        ) { context, action, author in
            context.submit(
                PutStream(action, in: place.shelf, if: context.preconditions),
                author: author)
        }
    }

    /// Opens a stream.
    public static func opening<State, Requested: RequestedOpening<State>>(
        _ method: Method, _ pattern: String, _ access: Access, _ action: Requested.Type,
        in shelf: Shelf<State>, _ documentation: Documentation
    ) -> Route {
        write(method, pattern, access, Requested.name, documentation, reading: Requested.init(from:)) {
            context, action, author in
            context.submit(OpenStream(action, in: shelf), author: author)
        }
    }

    private static func delete<State, Requested: RequestedAction<State>>(
        _ pattern: String, _ access: Access, _ action: Requested.Type, on place: Addressing<State>,
        showing shown: PerformAction<State>.Shown, _ documentation: Documentation
    ) -> Route {
        let names = parameterNames(of: pattern)
        var documentation = documentation
        documentation.query.append(.author)
        let operation = Operation(Requested.name, documentation, isConditional: true)
        return Route(.delete, pattern, access, operation) { context in
            let query = try context.query(["author"])
            let body = try BodyReader(
                [], mayBeAbsent: true, parameters: (names, context.ticket.parameters))
            let action = try Requested(from: body)
            let author = try query.author()
            try context.change(action, on: place, showing: shown, author: author)
        }
    }
}

extension RequestContext {
    fileprivate var preconditions: Preconditions {
        Preconditions(
            ifMatch: ETags.match(request.fields["if-match"]),
            // RFC 9110 §13.1.2: weak comparison.
            ifNoneMatch: ETags.match(request.fields["if-none-match"], weakly: true))
    }

    /// Performs an action on the stream named in the path.
    fileprivate func change<State>(
        _ action: any Action<State>, on place: Addressing<State>, showing shown: PerformAction<State>.Shown,
        author: String?
    ) throws(Problem) {
        let name = try place.name(self)
        let isConditional = ticket.route.operation.isConditional
        submit(
            PerformAction(
                action, on: name, in: place.shelf, showing: shown,
                if: isConditional ? preconditions : Preconditions()),
            author: author)
    }
}
