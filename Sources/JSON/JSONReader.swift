/// Strict JSON reader: exactly RFC 8259's grammar, in UTF-8 without a byte order mark.
///
/// Also refused: a duplicate name in an object (after unescaping, compared as bytes), U+0000 in any string, unpaired surrogate escapes,
/// and everything over the limits.
public enum JSONReader {
    /// Parses all of `bytes`.
    public static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// Parses all of `bytes`; a fault's offset counts from the slice's start.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// Parses all of `bytes`. Keeps no reference to the buffer.
    public static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.text()
    }
}

/// Why a text is not acceptable JSON, and where.
public struct JSONFault: Error, Equatable, Sendable {
    /// In bytes from the start.
    public var offset: Int
    /// A phrase without capital and full stop: "a trailing comma".
    public var reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// Limits of `JSONReader`.
public struct JSONLimits: Sendable {
    /// Upper bound of nested arrays and objects; the outermost counts as 1.
    ///
    /// The reader recurses once per level, so this also bounds its stack.
    public var depthMax = 32
    /// Upper bound of the members of an object, or the elements of an array.
    public var membersMax = 1_000
    /// Upper bound of names and values in the whole text; an array or object counts as one.
    public var tokensMax = 10_000

    public init(depthMax: Int = 32, membersMax: Int = 1_000, tokensMax: Int = 10_000) {
        self.depthMax = depthMax
        self.membersMax = membersMax
        self.tokensMax = tokensMax
    }

    /// For a request body. Source: http-strictness.md, "JSON and values".
    public static let request = JSONLimits()
    /// For a batch: as a request, but 50,000 tokens. Source: http-strictness.md, "JSON and values".
    public static let batch = JSONLimits(tokensMax: 50_000)
    /// For JSON stored by this service: generous, but bounded, because a page may be damaged.
    public static let stored = JSONLimits(depthMax: 64, membersMax: 100_000, tokensMax: 1_000_000)
}
