/// The trie of path segments behind `Router`, without its type parameter: generics are not specialised across modules, so this type is
/// concrete.
struct RouteTable: Sendable {
    private struct Node: Sendable {
        /// Compared as bytes: `String` equality is canonical equivalence, and "K" is equivalent to the Kelvin sign.
        var literals: [(segment: [UInt8], child: Int)] = []
        var parameter: Int?
        var routes: [(method: Method, index: Int)] = []
    }

    private var nodes = [Node()]

    /// Adds the route with that index; a pattern is "/" or "/literal/{parameter}…".
    mutating func add(_ method: Method, _ pattern: String, index: Int) {
        precondition(pattern.utf8.first == UInt8(ascii: "/"), "a pattern begins with a slash")
        var node = 0
        for segment in pattern.utf8.split(separator: UInt8(ascii: "/")) {
            node = child(of: node, Array(segment))
        }
        let isNew = !nodes[node].routes.contains { $0.method == method }
        precondition(isNew, "two routes for \(method.rawValue) \(pattern)")
        nodes[node].routes.append((method, index))
    }

    private mutating func child(of node: Int, _ segment: [UInt8]) -> Int {
        let isParameter = segment.first == UInt8(ascii: "{") && segment.last == UInt8(ascii: "}")
        let known =
            isParameter ? nodes[node].parameter : nodes[node].literals.first { $0.segment == segment }?.child
        if let known { return known }
        nodes.append(Node())
        if isParameter {
            nodes[node].parameter = nodes.count - 1
        } else {
            nodes[node].literals.append((segment, nodes.count - 1))
        }
        return nodes.count - 1
    }

    /// The node of a path and its parameter segments; `nil` when no pattern matches.
    func find(_ path: [String]) -> (node: Int, parameters: [String])? {
        var parameters: [String] = []
        guard let node = walk(0, path[...], &parameters) else { return nil }
        return (node, parameters)
    }

    /// Depth first, literals before parameters. The depth is bounded by the longest pattern, not by the path.
    private func walk(_ node: Int, _ path: ArraySlice<String>, _ parameters: inout [String]) -> Int? {
        guard let segment = path.first else { return nodes[node].routes.isEmpty ? nil : node }
        let rest = path.dropFirst()
        if let literal = literal(of: node, segment), let found = walk(literal, rest, &parameters) {
            return found
        }
        guard let parameter = nodes[node].parameter, !segment.isEmpty else { return nil }
        parameters.append(segment)
        if let found = walk(parameter, rest, &parameters) { return found }
        parameters.removeLast()
        return nil
    }

    private func literal(of node: Int, _ segment: String) -> Int? {
        let length = segment.utf8.count
        for (literal, child) in nodes[node].literals
        where literal.count == length && segment.utf8.elementsEqual(literal) {
            return child
        }
        return nil
    }

    /// The route of `method` at a node; HEAD falls back to GET.
    func route(_ method: Method, at node: Int) -> Int? {
        let routes = nodes[node].routes
        if let own = routes.first(where: { $0.method == method }) { return own.index }
        return method == .head ? routes.first { $0.method == .get }?.index : nil
    }

    /// The methods at a node, in the order of their declaration in `Method`.
    func allowed(at node: Int) -> [Method] {
        let known = nodes[node].routes.map(\.method)
        return Method.allCases.filter { method in
            method == .options || known.contains(method) || (method == .head && known.contains(.get))
        }
    }
}
