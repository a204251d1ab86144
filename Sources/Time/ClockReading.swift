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
