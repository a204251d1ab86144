/// A stream of entries: an incident or a document. The journal orders entries by it and knows nothing else about it.
///
/// One integer, in memory as in SQL: the aggregate's code × 2^40 + the number. The code of incidents is 0, so an incident's stream equals
/// its number.
public struct StreamID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Numbers per aggregate: 2^40, about a trillion. A ref has at most twelve digits, so it is always in range.
    private static let numbersMax = 1 << 40
    /// The range of a stream's number.
    public static let numbers = 0...numbersMax - 1
    /// The range of stored values.
    public static let rawRange = 0...(AggregateCode.max + 1) * numbersMax - 1

    public let rawValue: Int

    /// From a stored value; must be in `rawRange`.
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
    /// The number within the aggregate.
    public var number: Int { rawValue % StreamID.numbersMax }

    public var description: String { "\(aggregate.rawValue)/\(number)" }

    public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }
}

/// Identifies an aggregate in the store. Never changed, and never reused.
public struct AggregateCode: RawRepresentable, Hashable, Sendable {
    /// 2^13 aggregates and 2^40 numbers give 2^53 streams: the integers that JSON represents exactly.
    static let max = (1 << 13) - 1

    public let rawValue: Int

    public init(rawValue: Int) {
        precondition((0...AggregateCode.max).contains(rawValue), "an aggregate's code out of range")
        self.rawValue = rawValue
    }
}

/// A caller's reference to a stream.
public enum StreamName: Sendable, Hashable {
    /// As in `INC-42`.
    case number(Int)
    case id(String)
    /// `Aggregate.key`.
    case key(String)
}
