/// Maps a method and a path to a route. Built at startup, then immutable.
///
/// Literal segments take precedence over parameters; HEAD falls back to GET; a parameter is never empty.
public struct Router<Route: Sendable>: Sendable {
    public enum Match: Sendable {
        /// The route, and the parameter segments in the pattern's order.
        case route(Route, parameters: [String])
        /// The path exists with other methods, which `Allow` must list.
        case methodNotAllowed(allow: [Method])
        /// No pattern matches the path.
        case notFound
    }

    private var table = RouteTable()
    private var routes: [Route] = []

    public init() {}

    /// Adds a route under a pattern such as "/things/{name}". Adding the same method and pattern twice is a programming error.
    public mutating func add(_ method: Method, _ pattern: String, _ route: Route) {
        table.add(method, pattern, index: routes.count)
        routes.append(route)
    }

    public func match(_ method: Method, _ path: [String]) -> Match {
        guard let (node, parameters) = table.find(path) else { return .notFound }
        guard let index = table.route(method, at: node) else {
            return .methodNotAllowed(allow: table.allowed(at: node))
        }
        return .route(routes[index], parameters: parameters)
    }

    /// The methods for `Allow`: HEAD wherever there is GET, OPTIONS always; empty when no pattern matches.
    public func allowed(_ path: [String]) -> [Method] {
        table.find(path).map { table.allowed(at: $0.node) } ?? []
    }
}
