/// The `Date` format: "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 §5.6.7.
public enum HTTPDate {
    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// 29 bytes. The seconds since 1970-01-01T00:00:00Z are clamped to the years 1970…9999.
    public static func bytes(secondsSinceEpoch: Int64) -> [UInt8] {
        let moment = max(0, min(secondsSinceEpoch, 253_402_300_799))
        let dayNumber = Int(moment / 86_400)
        let second = Int(moment % 86_400)
        let (year, month, day) = civil(dayNumber)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(29)
        append(days, dayNumber % 7, &bytes)
        bytes.append(contentsOf: ", ".utf8)
        append(day, &bytes)
        bytes.append(ASCII.space)
        append(months, month - 1, &bytes)
        bytes.append(ASCII.space)
        append(year / 100, &bytes)
        append(year % 100, &bytes)
        bytes.append(ASCII.space)
        append(second / 3_600, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second / 60 % 60, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second % 60, &bytes)
        bytes.append(contentsOf: " GMT".utf8)
        return bytes
    }

    /// Date of a day number since 1970-01-01: Howard Hinnant's `civil_from_days`, with eras of 400 years.
    private static func civil(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func append(_ names: StaticString, _ index: Int, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: names.utf8Start + 3 * index, count: 3))
    }

    private static func append(_ number: Int, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
