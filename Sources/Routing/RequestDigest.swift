import Encoding
import HTTP
import JSON

/// Digest of what a request asks for, so that a retry may be written otherwise (api.md, "Conventions"): members in another order, other
/// spaces and escapes, another spelling of the path.
enum RequestDigest {
    /// First 16 bytes of SHA-256 over route, names in the path, query and body.
    static func make(_ request: Request, _ ticket: RequestContext.Ticket, _ api: any RoutedAPI) -> [UInt8] {
        let names = ticket.parameters.map { JSONValue.string(api.canonicalName($0)) }
        let query = request.target.query.map { item in [JSONValue.string(item.name), .string(item.value)] }
        // Text is one string, and a type of its own.
        let isText = request.fields["content-type"]?.utf8.starts(with: "text/".utf8) ?? false
        let meaning = JSONValue.array([
            .string(request.method.rawValue), .string(ticket.route.pattern), .array(names),
            .array(inOrder(query) { first(of: $0) }.map(JSONValue.array)), .bool(isText),
            isText ? .string(Hex.encode(Digest.sha256(request.body))) : body(request.body),
        ])
        return Array(Digest.sha256(meaning.encoded()).prefix(16))
    }

    private static func first(of item: [JSONValue]) -> String {
        if case .string(let name)? = item.first { name } else { "" }
    }

    /// The body with sorted members. A body that is no JSON was refused before.
    private static func body(_ bytes: [UInt8]) -> JSONValue {
        guard !bytes.isEmpty, let value = try? JSONReader.read(bytes) else { return .null }
        return canonical(value)
    }

    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .integer, .number, .string: value
        case .array(let items): .array(items.map(canonical))
        case .object(let object):
            .object(
                JSONObject(
                    inOrder(object.members) { $0.name }.map {
                        JSONObject.Member(name: $0.name, value: canonical($0.value))
                    }))
        }
    }

    /// Sorted by the bytes of a name; items of one name keep their order.
    private static func inOrder<Item>(_ items: [Item], by name: (Item) -> String) -> [Item] {
        items.enumerated().sorted { left, right in
            let (first, second) = (Array(name(left.element).utf8), Array(name(right.element).utf8))
            return first == second
                ? left.offset < right.offset : first.lexicographicallyPrecedes(second)
        }.map(\.element)
    }
}
