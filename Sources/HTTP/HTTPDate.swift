import Time

/// The `Date` format: "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 §5.6.7.
public enum HTTPDate {
    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// 29 bytes. The seconds since 1970-01-01T00:00:00Z are clamped to the years 1970…9999.
    public static func bytes(secondsSinceEpoch: Int64) -> [UInt8] {
        let moment = max(0, min(secondsSinceEpoch, 253_402_300_799))
        let dayNumber = moment / 86_400
        let second = moment % 86_400
        let date = CivilDate(daysSinceEpoch: dayNumber)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(29)
        append(days, Int(dayNumber % 7), &bytes)
        bytes.append(contentsOf: ", ".utf8)
        append(date.day, &bytes)
        bytes.append(ASCII.space)
        append(months, Int(date.month - 1), &bytes)
        bytes.append(ASCII.space)
        append(date.year / 100, &bytes)
        append(date.year % 100, &bytes)
        bytes.append(ASCII.space)
        append(second / 3_600, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second / 60 % 60, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second % 60, &bytes)
        bytes.append(contentsOf: " GMT".utf8)
        return bytes
    }

    private static func append(_ names: StaticString, _ index: Int, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: names.utf8Start + 3 * index, count: 3))
    }

    private static func append(_ number: Int64, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
