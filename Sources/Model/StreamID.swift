/// One stream of entries: an incident, a document. The journal orders entries by it and knows nothing else of it.
///
/// One integer, in memory as in SQL: the aggregate's code × 2^40 + the number, so that an incident's stream is its number.
public struct StreamID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many numbers an aggregate has: a trillion. A ref has at most twelve digits, so it names one of them.
    private static let numbersMax = 1 << 40
    /// The numbers that a stream may have.
    public static let numbers = 0...numbersMax - 1
    /// The least and the greatest value that the store may hold.
    public static let rawRange = 0...(AggregateCode.max + 1) * numbersMax - 1

    public let rawValue: Int

    /// A stream as it is stored, within `rawRange`.
    public init(rawValue: Int) {
        precondition(StreamID.rawRange.contains(rawValue), "a stream out of range")
        self.rawValue = rawValue
    }

    /// Number 1, 2, 3 … of an aggregate.
    public init(_ aggregate: AggregateCode, _ number: Int) {
        precondition(StreamID.numbers.contains(number), "a stream's number out of range")
        rawValue = aggregate.rawValue * StreamID.numbersMax + number
    }

    public init<State: Aggregate>(_ aggregate: State.Type, _ number: Int) {
        self.init(State.code, number)
    }

    public var aggregate: AggregateCode { AggregateCode(rawValue: rawValue / StreamID.numbersMax) }
    /// Its number within the aggregate.
    public var number: Int { rawValue % StreamID.numbersMax }

    public var description: String { "\(aggregate.rawValue)/\(number)" }

    public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }
}

/// An aggregate as the store knows it. Never changed, and never given twice.
public struct AggregateCode: RawRepresentable, Hashable, Sendable {
    /// 2^13 aggregates and 2^40 numbers make 2^53 streams: the integers that JSON keeps.
    static let max = (1 << 13) - 1

    public let rawValue: Int

    public init(rawValue: Int) {
        precondition((0...AggregateCode.max).contains(rawValue), "an aggregate's code out of range")
        self.rawValue = rawValue
    }
}

/// How a caller names a stream: by its number, by its opaque id, or by a name of its aggregate's own.
public enum StreamName: Sendable, Hashable {
    /// As in `INC-42`.
    case number(Int)
    case id(String)
    /// As in `Aggregate.key`.
    case key(String)
}
