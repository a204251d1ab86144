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
