/// Reads JSON strictly: RFC 8259's grammar and nothing else, in UTF-8 without a byte order mark.
///
/// Refused besides what the grammar refuses: a name that appears twice in an object (after unescaping, compared as
/// bytes), U+0000 in any string, surrogate escapes without their partner, and whatever crosses the limits.
public enum JSONReader {
    /// The value that the whole of `bytes` stands for.
    public static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// The value that the whole of `bytes` stands for; a fault's offset counts from the slice's start.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// The value that the whole of `bytes` stands for. Nothing of the buffer is kept.
    public static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.text()
    }
}

/// Why a text is not the JSON we accept, and where.
public struct JSONFault: Error, Equatable, Sendable {
    /// How many bytes come before the fault.
    public var offset: Int
    /// What is wrong, as a phrase without a capital or a full stop: "a trailing comma".
    public var reason: String

    /// A fault at `offset` bytes.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// How much a text may hold before `JSONReader` refuses it.
public struct JSONLimits: Sendable {
    /// How deep arrays and objects may lie within each other; the outermost counts as 1.
    ///
    /// The reader recurses once for each level, so this also bounds its stack.
    public var depthMax = 32
    /// How many members one object, or elements one array, may have.
    public var membersMax = 1_000
    /// How many names and values (an array or an object counts as one) the whole text may have.
    public var tokensMax = 10_000

    /// Limits of that size.
    public init(depthMax: Int = 32, membersMax: Int = 1_000, tokensMax: Int = 10_000) {
        self.depthMax = depthMax
        self.membersMax = membersMax
        self.tokensMax = tokensMax
    }

    /// For the body of one request. Source: http-strictness.md, "JSON and values".
    public static let request = JSONLimits()
    /// For a batch: as a request, but 50,000 tokens. Source: http-strictness.md, "JSON and values".
    public static let batch = JSONLimits(tokensMax: 50_000)
    /// For what we wrote ourselves and stored: generous, yet still bounded, as a page may have been damaged.
    public static let stored = JSONLimits(depthMax: 64, membersMax: 100_000, tokensMax: 1_000_000)
}
