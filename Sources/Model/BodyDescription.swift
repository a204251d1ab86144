/// What the lines that read a body ask for, as they recorded it; the API's documentation is made from it.
public struct BodyDescription: Sendable, Equatable {
    /// One member of an object.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var shape: BodyShape
        public var isRequired: Bool
        public var mayBeNull: Bool
        /// What a client should know of it beyond its shape.
        public var note: String?
        /// The member without which this one is refused.
        public var dependsOn: String?
    }

    /// The members, in the order of reading.
    public internal(set) var members: [Member] = []
    /// Members of which exactly one must be there.
    public internal(set) var alternatives: [String] = []
    /// Members of which at least one must be there.
    public internal(set) var oneOrMoreOf: [String] = []

    public init() {}

    /// The member of that name.
    public subscript(_ name: String) -> Member? { members.first { $0.name == name } }
}

/// What a member of a body may hold, `null` apart.
public indirect enum BodyShape: Sendable, Equatable {
    case text(TextConstraint)
    /// A text that matches a regular expression of ECMA-262; of at most that many bytes, when there is a limit beyond it.
    case pattern(String, bytesMax: Int? = nil)
    /// One of those words.
    case word([String])
    case integer(ClosedRange<Int64>)
    case bool
    /// A time as in RFC 3339.
    case moment
    /// An object with those members and no others.
    case object(BodyDescription)
    /// An object whose names are data.
    case map(keys: TextConstraint, values: TextConstraint, valuesMayBeNull: Bool, countMax: Int)
    /// An object that is kept as it was sent, but for members of those names, which are refused.
    case data(refused: [String])
    case list(BodyShape, count: ClosedRange<Int>)
    case either([BodyShape])
}
