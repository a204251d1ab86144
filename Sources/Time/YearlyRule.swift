/// Summer time of every year, as the last line of zone data has it (RFC 8536 §3.3): `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Days of the form `Mm.w.d` only: all zones of today have them.
struct YearlyRule: Sendable, Equatable {
    struct Day: Sendable, Equatable {
        let month: Int64
        /// 1–5; 5 is the last.
        let week: Int64
        /// 0 is Sunday.
        let weekday: Int64
        /// Seconds after midnight; may be negative or beyond the day.
        let second: Int64

        /// In seconds since 1970, on the wall.
        func wall(in year: Int64) -> Int64 {
            let first = CivilDate(year: year, month: month, day: 1)?.daysSinceEpoch ?? 0
            let length = CivilDate.days(inMonth: month, year: year)
            // 1970-01-01 was a Thursday.
            let weekdayOfFirst = (first + 4) - (first + 4).flooredQuotient(7) * 7
            var day = (weekday - weekdayOfFirst + 7) % 7 + (week - 1) * 7
            if day >= length { day -= 7 }
            return (first + day) * 86_400 + second
        }
    }

    let standard: Int64
    /// `nil` for a zone without summer time.
    let summer: (offset: Int64, from: Day, until: Day)?

    static func == (left: YearlyRule, right: YearlyRule) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.until == right.summer?.until
    }

    func offset(at second: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilDate(daysSinceEpoch: (second + standard).flooredQuotient(86_400)).year
        let from = summer.from.wall(in: year) - standard
        let until = summer.until.wall(in: year) - summer.offset
        let isSummer =
            from < until ? from <= second && second < until : !(until <= second && second < from)
        return isSummer ? summer.offset : standard
    }

    init?(_ text: ArraySlice<UInt8>) {
        var rest = text
        guard YearlyRule.skipName(&rest), let standard = YearlyRule.time(&rest) else { return nil }
        self.standard = -standard
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard YearlyRule.skipName(&rest) else { return nil }
        let offset = rest.first == 0x2C ? -standard + 3_600 : YearlyRule.time(&rest).map { -$0 }
        guard let offset, let from = YearlyRule.day(&rest), let until = YearlyRule.day(&rest), rest.isEmpty
        else {
            return nil
        }
        summer = (offset, from, until)
    }

    /// `CET` or `<+0330>`.
    private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let start = rest.count
        if rest.first == 0x3C {
            rest = rest.drop { $0 != 0x3E }.dropFirst()
        } else {
            rest = rest.drop { (0x41...0x5A).contains($0 & 0xDF) }
        }
        return rest.count < start
    }

    /// `-1`, `3:30`, `26:00:00`, in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let isNegative = rest.first == 0x2D
        if isNegative || rest.first == 0x2B { rest = rest.dropFirst() }
        guard var seconds = number(&rest).map({ $0 * 3_600 }) else { return nil }
        for unit: Int64 in [60, 1] where rest.first == 0x3A {
            rest = rest.dropFirst()
            guard let part = number(&rest), part < 60 else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/3`.
    private static func day(_ rest: inout ArraySlice<UInt8>) -> Day? {
        guard rest.starts(with: Array(",M".utf8)) else { return nil }
        rest = rest.dropFirst(2)
        guard let month = number(&rest), (1...12).contains(month), skip(0x2E, &rest),
            let week = number(&rest), (1...5).contains(week), skip(0x2E, &rest),
            let weekday = number(&rest), (0...6).contains(weekday)
        else { return nil }
        guard skip(0x2F, &rest) else { return Day(month: month, week: week, weekday: weekday, second: 7_200) }
        guard let second = time(&rest) else { return nil }
        return Day(month: month, week: week, weekday: weekday, second: second)
    }

    private static func skip(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// At most three digits.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
