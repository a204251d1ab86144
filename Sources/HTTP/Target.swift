/// A request target: path segments and query, each decoded exactly once.
public struct Target: Sendable {
    /// Decoded segments; `[]` for "/" and `["a", ""]` for "/a/".
    public let path: [String]
    /// Decoded query items in order, with duplicates.
    public let query: [QueryItem]
    /// Whether this is the asterisk of `OPTIONS *`, which addresses the service as a whole.
    public let isAsterisk: Bool

    private let bytes: [UInt8]
    private let rawStart: Int
    private let pathEnd: Int
    private let rawEnd: Int

    /// The path as sent, still encoded; "/" when an absolute form has none.
    public var rawPath: String { rawStart == pathEnd ? "/" : text(rawStart, pathEnd) }

    /// Path and query as sent, still encoded, without the authority of an absolute form.
    public var raw: String { rawStart == pathEnd ? "/" + text(pathEnd, rawEnd) : text(rawStart, rawEnd) }

    /// Parses text by the parser's rules (H14, H31).
    public init(_ text: String) throws(HTTPError) {
        let bytes = Array(text.utf8)
        let shape = try TargetShape(bytes.span, 0..<bytes.count, itemsMax: WireLimits().queryItemsMax)
        self.init(shape, head: bytes)
    }

    init(_ shape: TargetShape, head: [UInt8]) {
        path = shape.path
        query = shape.query
        isAsterisk = shape.isAsterisk
        bytes = head
        rawStart = shape.raw.lowerBound
        pathEnd = shape.pathEnd
        rawEnd = shape.raw.upperBound
    }

    private func text(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

/// One `name=value` of a query, decoded once; a name without `=` has an empty value.
public struct QueryItem: Sendable, Equatable {
    public let name: String
    /// Decoded, with "+" as a space.
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
