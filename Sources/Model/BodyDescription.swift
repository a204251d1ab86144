/// The body that an action's `init(from:)` reads, as recorded; source of the API's documentation.
public struct BodyDescription: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var name: String
        public var shape: BodyShape
        public var isRequired: Bool
        public var mayBeNull: Bool
        /// Documentation beyond the shape.
        public var note: String?
        /// The member that must be present as well.
        public var dependsOn: String?
    }

    /// In the order of reading.
    public internal(set) var members: [Member] = []
    /// Exactly one of these must be present.
    public internal(set) var alternatives: [String] = []
    /// At least one of these must be present.
    public internal(set) var oneOrMoreOf: [String] = []

    public init() {}

    public subscript(_ name: String) -> Member? { members.first { $0.name == name } }
}

/// Allowed values of a member, apart from `null`.
public indirect enum BodyShape: Sendable, Equatable {
    case text(TextConstraint)
    /// Text that matches an ECMA-262 regular expression, with an additional byte limit if given.
    case pattern(String, bytesMax: Int? = nil)
    /// One of these words.
    case word([String])
    case integer(ClosedRange<Int64>)
    case bool
    /// An RFC 3339 time.
    case moment
    /// An object with exactly those members allowed.
    case object(BodyDescription)
    /// An object with arbitrary keys.
    case map(keys: TextConstraint, values: TextConstraint, valuesMayBeNull: Bool, countMax: Int)
    /// An object stored as sent; members with the names in `refused` are refused.
    case data(refused: [String])
    case list(BodyShape, count: ClosedRange<Int>)
    case either([BodyShape])
}
