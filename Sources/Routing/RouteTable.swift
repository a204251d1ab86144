import HTTP
import Model

/// The rows of an API, and the router over them. Built at startup, then immutable.
public struct RouteTable: Sendable {
    /// In the order of the document, each with its index.
    public let rows: [Route]
    private let router: Router<Route>
    /// First segments of the paths under `/v1`, for messages.
    let beginnings: String

    public init(_ rows: [Route]) {
        var indexed: [Route] = []
        var router = Router<Route>()
        var beginnings: [String] = []
        for (index, var route) in rows.enumerated() {
            route.index = index
            indexed.append(route)
            router.add(route.method, route.pattern, route)
            guard route.pattern.hasPrefix("/v1/") else { continue }
            let beginning = "/" + route.pattern.split(separator: "/").prefix(2).joined(separator: "/")
            if !beginnings.contains(beginning) { beginnings.append(beginning) }
        }
        self.rows = indexed
        self.router = router
        self.beginnings = beginnings.joined(separator: ", ")
    }

    /// Why no row has this path, in a sentence or two of our own words: nothing of the request is shown.
    func advice(on path: [String]) -> String {
        let segments = path.filter { !$0.isEmpty }
        if segments.count < path.count, let row = row(at: segments) {
            return "Did you mean \(row.pattern)? A path has no empty segment and no slash at its end."
        }
        if let row = row(at: ["v1"] + segments) { return "Did you mean \(row.pattern)?" }
        // The rows that share most segments with the path from its beginning.
        let shared = rows.map { RouteTable.shared(RouteTable.segments(of: $0), segments) }
        let most = shared.max() ?? 0
        var next: [String] = []
        var beginning = ""
        for (row, count) in zip(rows, shared) where count == most && count > 0 {
            let own = RouteTable.segments(of: row)
            guard own.count > count, !next.contains(own[count]) else { continue }
            next.append(own[count])
            beginning = "/" + own.prefix(count).joined(separator: "/")
        }
        guard !next.isEmpty else { return "Paths begin with \(beginnings)." }
        let words = next.filter { !$0.hasPrefix("{") }
        let near = most < segments.count ? Spelling.nearest(to: segments[most], among: words) : nil
        return (near.map { "Did you mean \(beginning)/\($0)? " } ?? "")
            + "Paths below \(beginning) continue with \(next.joined(separator: ", "))."
    }

    /// A row with that path, of any method.
    func row(at path: [String]) -> Route? {
        for method in router.allowed(path) {
            if case .route(let route, _) = router.match(method, path) { return route }
        }
        return nil
    }

    private static func segments(of row: Route) -> [String] {
        row.pattern.split(separator: "/").map(String.init)
    }

    /// Number of segments at the beginning of a pattern that fit a path.
    private static func shared(_ pattern: [String], _ path: [String]) -> Int {
        zip(pattern, path).prefix { $0.hasPrefix("{") || $0.utf8.elementsEqual($1.utf8) }.count
    }

    func match(_ head: Head) -> Router<Route>.Match {
        if head.method == .options {
            let allowed = router.allowed(head.target.path)
            return allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed)
        }
        return router.match(head.method, head.target.path)
    }

    /// Whether the path can be read without a token, so that its existence is not a secret.
    func isOpen(_ path: [String]) -> Bool {
        guard case .route(let route, _) = router.match(.get, path) else { return false }
        return route.access == .open
    }

    /// Resolves a link to the path of its operation; `nil` when there is no such route, which `scripts/house-rules` forbids, or a path
    /// parameter is unknown. `name` is that of the link's stream in paths.
    func resolve(_ link: Refusal.Link, on name: String?) -> Problem.Link? {
        guard let route = rows.first(where: { $0.operation.name == link.operation }) else {
            return nil
        }
        var values = ([name].compactMap(\.self) + link.parameters)[...]
        var href = ""
        for segment in route.pattern.split(separator: "/") {
            guard let known = segment.hasPrefix("{") ? values.popFirst() : String(segment) else { return nil }
            href += "/" + known
        }
        return Problem.Link(
            operation: link.operation, method: route.method.rawValue, href: href + link.query,
            detail: link.detail, body: link.body)
    }
}
