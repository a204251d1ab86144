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
    /// For stored text of our own: generous, but bounded, because a page may be damaged.
    public static let stored = JSONLimits(depthMax: 64, membersMax: 100_000, tokensMax: 1_000_000)
}
