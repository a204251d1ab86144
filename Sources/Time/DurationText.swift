/// Durations in settings and rules: `90s`, `15m`, `8h`, `1h30m`, `250ms`.
public enum DurationText {
    /// No setting needs more, and no sum with it overflows.
    private static let millisecondsMax: Int64 = 10 * 365 * 86_400_000
    /// More digits than the longest duration has in milliseconds.
    private static let digitsMax = 12
    /// In descending order, as they must follow each other in the text.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// The duration; `nil` when the text is invalid.
    ///
    /// Integers with a unit (`d`, `h`, `m`, `s`, `ms`), larger units first, each at most once, or a plain `0`. No sign, fraction, space
    /// or leading zero; at most ten years.
    public static func parse(_ text: String) -> Duration? {
        if text.utf8.elementsEqual("0".utf8) { return .zero }
        var rest = text.utf8[...]
        var allowed = units[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let number = takeNumber(&rest), let index = takeUnit(&rest, of: allowed) else { return nil }
            allowed = units[(index + 1)...]
            let (part, overflow) = number.multipliedReportingOverflow(by: units[index].milliseconds)
            if overflow || part > millisecondsMax - total { return nil }
            total += part
        }
        return allowed.count < units.count ? .milliseconds(total) : nil
    }

    /// The duration in the largest unit up to hours that needs no fraction: `15m`, `90s`, `8h`; `0s` for zero.
    ///
    /// Fractions of a millisecond are dropped. A negative duration, which `parse` refuses, begins with a minus.
    public static func format(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        if milliseconds == 0 { return "0s" }
        // Without days: "48h" is clearer than "2d" that no calendar is meant.
        for unit in units.dropFirst() where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }

    private static func takeNumber(_ rest: inout Substring.UTF8View) -> Int64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let first = digits.first, digits.count <= digitsMax else { return nil }
        if first == UInt8(ascii: "0") && digits.count > 1 { return nil }
        rest = rest[digits.endIndex...]
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func takeUnit(
        _ rest: inout Substring.UTF8View, of allowed: ArraySlice<(name: String, milliseconds: Int64)>
    ) -> Int? {
        let letters = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        guard let index = allowed.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }) else {
            return nil
        }
        rest = rest[letters.endIndex...]
        return index
    }
}
