extension Timestamp {
    /// Parses an RFC 3339 time.
    ///
    /// `T`, `t` or a space; `Z`, `z` or ±hh:mm; up to 9 fraction digits, of which those beyond milliseconds are dropped. A leap second,
    /// `:60`, becomes the last millisecond of its minute. Source: RFC 3339 section 5.6.
    public init(rfc3339 bytes: some Collection<UInt8>) throws(TimestampFault) {
        let result = bytes.withContiguousStorageIfAvailable { Self.parse(rfc3339: $0) }
        // A longer text is never valid, and not worth a copy.
        self = try (result ?? Array(bytes.prefix(64)).withUnsafeBufferPointer { Self.parse(rfc3339: $0) })
            .get()
    }

    /// Parses an RFC 3339 time; see `init(rfc3339:)` for bytes.
    public init(rfc3339 text: String) throws(TimestampFault) {
        var text = text
        self = try text.withUTF8 { Self.parse(rfc3339: $0) }.get()
    }

    private static func parse(rfc3339 bytes: UnsafeBufferPointer<UInt8>) -> Result<Timestamp, TimestampFault>
    {
        var parser = RFC3339Parser(bytes: bytes)
        return Result { () throws(TimestampFault) in try parser.moment() }
    }
}

/// The state of one parse. Only `peek` indexes the bytes, with a check.
private struct RFC3339Parser {
    private static let fractionDigitsMax = 9

    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func moment() throws(TimestampFault) -> Timestamp {
        let year = try number(digits: 4)
        try expect("-")
        let month = try number(digits: 2)
        try expect("-")
        let day = try number(digits: 2)
        guard let date = CivilDate(year: year, month: month, day: day) else { throw .malformed }
        guard let separator = take(), "Tt ".utf8.contains(separator) else { throw .malformed }
        let inDay = try timeOfDay()
        let offset = try offsetMinutes()
        guard position == bytes.count else { throw .malformed }
        let milliseconds = date.daysSinceEpoch * 86_400_000 + inDay - offset * 60_000
        guard Timestamp.accepted.contains(milliseconds) else { throw .yearOutOfRange }
        return Timestamp(milliseconds: milliseconds)
    }

    /// Milliseconds since midnight.
    private mutating func timeOfDay() throws(TimestampFault) -> Int64 {
        let hour = try number(digits: 2)
        try expect(":")
        let minute = try number(digits: 2)
        try expect(":")
        let second = try number(digits: 2)
        guard hour <= 23, minute <= 59, second <= 60 else { throw .malformed }
        let millisecond = try fraction()
        let inMinute = second == 60 ? 59_999 : second * 1_000 + millisecond
        return hour * 3_600_000 + minute * 60_000 + inMinute
    }

    /// Milliseconds of a fraction; 0 without one.
    private mutating func fraction() throws(TimestampFault) -> Int64 {
        guard peek == UInt8(ascii: ".") else { return 0 }
        position += 1
        var milliseconds: Int64 = 0
        var digits = 0
        while let byte = peek, let digit = Self.digit(byte) {
            digits += 1
            if digits > Self.fractionDigitsMax { throw .malformed }
            if digits <= 3 { milliseconds = milliseconds * 10 + digit }
            position += 1
        }
        switch digits {
        case 0: throw .malformed
        case 1: return milliseconds * 100
        case 2: return milliseconds * 10
        default: return milliseconds
        }
    }

    /// Minutes east of UTC. "-00:00", an unknown offset, counts as UTC (RFC 3339 section 4.3).
    private mutating func offsetMinutes() throws(TimestampFault) -> Int64 {
        guard let sign = take() else { throw .offsetMissing }
        switch sign {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return 0
        case UInt8(ascii: "+"), UInt8(ascii: "-"): break
        default: throw .malformed
        }
        let hours = try number(digits: 2)
        try expect(":")
        let minutes = try number(digits: 2)
        guard hours <= 23, minutes <= 59 else { throw .malformed }
        let offset = hours * 60 + minutes
        return sign == UInt8(ascii: "-") ? -offset : offset
    }

    private var peek: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take() -> UInt8? {
        guard let byte = peek else { return nil }
        position += 1
        return byte
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(TimestampFault) {
        guard take() == UInt8(ascii: character) else { throw .malformed }
    }

    private mutating func number(digits: Int) throws(TimestampFault) -> Int64 {
        var number: Int64 = 0
        for _ in 0..<digits {
            guard let byte = take(), let digit = Self.digit(byte) else { throw .malformed }
            number = number * 10 + digit
        }
        return number
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int64(byte - UInt8(ascii: "0")) : nil
    }
}

/// Why a text is not a valid moment.
public enum TimestampFault: Error, Equatable, Sendable {
    /// Not RFC 3339, or a day or time that does not exist.
    case malformed
    /// A date and time without `Z` or offset, which would be ambiguous.
    case offsetMissing
    /// The moment, in UTC, is outside the years 2000–2100.
    case yearOutOfRange
}
