/// The offsets of a time zone, from the system's zone data (RFC 8536) or fixed.
public struct ZoneRules: Sendable, Equatable {
    struct Transition: Sendable, Equatable {
        /// Seconds since 1970.
        let at: Int64
        /// Seconds east of UTC from then on.
        let offset: Int64
    }

    /// Ascending.
    let transitions: [Transition]
    /// Before the first transition.
    let first: Int64
    /// After the last transition; `nil` for its offset.
    let rule: YearlyRule?

    public static let utc = ZoneRules(offsetSeconds: 0)

    public init(offsetSeconds: Int64) {
        self.init(transitions: [], first: offsetSeconds, rule: nil)
    }

    init(transitions: [Transition], first: Int64, rule: YearlyRule?) {
        self.transitions = transitions
        self.first = first
        self.rule = rule
    }

    /// `UTC`, `Z`, `+02:00`, `-0530`; `nil` for anything else.
    public init?(fixed text: String) {
        let bytes = Array(text.utf8)
        if text == "UTC" || text == "Z" {
            self = .utc
            return
        }
        let digits = bytes.dropFirst().filter { $0 != 0x3A }
        guard let sign = bytes.first, sign == 0x2B || sign == 0x2D, digits.count == 4,
            bytes.count == 5 || bytes.count == 6 && bytes[3] == 0x3A,
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let numbers = digits.map { Int64($0 - 0x30) }
        let (hours, minutes) = (numbers[0] * 10 + numbers[1], numbers[2] * 10 + numbers[3])
        guard hours <= 23, minutes <= 59 else { return nil }
        self.init(offsetSeconds: (sign == 0x2D ? -1 : 1) * (hours * 3_600 + minutes * 60))
    }

    /// Seconds east of UTC at a second since 1970.
    func offset(at second: Int64) -> Int64 {
        // The last transition that is not later.
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= second { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let rule { return rule.offset(at: second) }
        return low == 0 ? first : transitions[low - 1].offset
    }

    /// The moments at which the clocks on the wall show a time, ascending: two in an hour that comes twice. One that they leave out is
    /// counted on from the time before the step. `wall` is in seconds since 1970, as if in UTC.
    public func moments(ofWall wall: Int64) -> [Timestamp] {
        let around = [offset(at: wall - 86_400), offset(at: wall + 86_400)]
        let found = Set(around).map { wall - $0 }.filter { offset(at: $0) == wall - $0 }.sorted()
        let seconds = found.isEmpty ? [wall - around[0]] : found
        return seconds.map { Timestamp(milliseconds: $0 * 1_000) }
    }

    /// The day that the calendar on the wall shows.
    public func day(of moment: Timestamp) -> CivilDate {
        let second = moment.milliseconds.flooredQuotient(1_000)
        return CivilDate(daysSinceEpoch: (second + offset(at: second)).flooredQuotient(86_400))
    }
}
