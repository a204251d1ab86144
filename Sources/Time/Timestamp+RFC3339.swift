extension Timestamp {
    private static let rfc3339Length = 24

    /// The moment in UTC with milliseconds: `2026-01-15T10:17:00.000Z`. Source: RFC 3339 section 5.6.
    ///
    /// Always 24 bytes, so that texts sort like moments. A moment outside the years 0000–9999 is clamped.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: Self.rfc3339Length) { putRFC3339(into: $0) }
    }

    /// Appends the 24 bytes of `rfc3339`.
    public func appendRFC3339(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.rfc3339Length) { buffer in
            let count = putRFC3339(into: buffer)
            bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// `2026-01-15`, in UTC.
    public var day: String { String(rfc3339.prefix(10)) }

    /// `10:06`, or `2026-01-15 10:06` on another day than `day`; UTC.
    public func minute(on day: String?) -> String {
        let text = rfc3339
        let time = String(text.dropFirst(11).prefix(5))
        let own = String(text.prefix(10))
        return own == day ? time : "\(own) \(time)"
    }

    private func putRFC3339(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let reading = ClockReading(self)
        var text = TextCursor(buffer)
        text.put(reading.date.year, digits: 4)
        text.put("-")
        text.put(reading.date.month, digits: 2)
        text.put("-")
        text.put(reading.date.day, digits: 2)
        text.put("T")
        text.put(reading.hour, digits: 2)
        text.put(":")
        text.put(reading.minute, digits: 2)
        text.put(":")
        text.put(reading.second, digits: 2)
        text.put(".")
        text.put(reading.millisecond, digits: 3)
        text.put("Z")
        return text.count
    }
}

/// A moment split into date and time of day, in UTC, for formatting.
///
/// The year has four digits, so a moment outside 0000–9999 is clamped.
struct ClockReading {
    private static let earliest: Int64 = -62_167_219_200_000
    private static let latest: Int64 = 253_402_300_799_999

    let date: CivilDate
    let hour: Int64
    let minute: Int64
    let second: Int64
    let millisecond: Int64

    init(_ moment: Timestamp) {
        let milliseconds = min(max(moment.milliseconds, Self.earliest), Self.latest)
        let daysSinceEpoch = milliseconds.flooredQuotient(86_400_000)
        date = CivilDate(daysSinceEpoch: daysSinceEpoch)
        let inDay = milliseconds - daysSinceEpoch * 86_400_000
        hour = inDay / 3_600_000
        minute = inDay / 60_000 % 60
        second = inDay / 1_000 % 60
        millisecond = inDay % 1_000
    }
}

/// Writes text of a known length into uninitialised memory.
struct TextCursor {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    mutating func put(_ byte: UInt8) {
        precondition(count < buffer.count)
        buffer.initializeElement(at: count, to: byte)
        count += 1
    }

    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { for byte in $0 { put(byte) } }
    }

    /// Writes the last `digits` decimal digits of a non-negative number.
    mutating func put(_ number: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
