/// Which route a method and a path lead to. Built once at the start, then only read.
///
/// Literal segments win over parameters; HEAD falls to GET; a parameter is never empty.
public struct Router<Route: Sendable>: Sendable {
    /// What a path and a method lead to.
    public enum Match: Sendable {
        /// The route, and the path's segments that stood for parameters, in the pattern's order.
        case route(Route, parameters: [String])
        /// The path is known with other methods, which `Allow` must name.
        case methodNotAllowed(allow: [Method])
        /// No pattern has this path.
        case notFound
    }

    private var table = RouteTable()
    private var routes: [Route] = []

    /// A router without routes.
    public init() {}

    /// Adds a route under a pattern such as "/things/{name}"; twice the same is our own bug.
    public mutating func add(_ method: Method, _ pattern: String, _ route: Route) {
        table.add(method, pattern, index: routes.count)
        routes.append(route)
    }

    /// What `method` on `path` leads to.
    public func match(_ method: Method, _ path: [String]) -> Match {
        guard let (node, parameters) = table.find(path) else { return .notFound }
        guard let index = table.route(method, at: node) else {
            return .methodNotAllowed(allow: table.allowed(at: node))
        }
        return .route(routes[index], parameters: parameters)
    }

    /// The methods for `Allow`, with HEAD beside GET and OPTIONS always; empty when no pattern has this path.
    public func allowed(_ path: [String]) -> [Method] {
        table.find(path).map { table.allowed(at: $0.node) } ?? []
    }
}
