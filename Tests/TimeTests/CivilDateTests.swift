import Testing

@testable import Time

struct CivilDateTests {
    @Test(arguments: [
        (0, 1970, 1, 1), (-1, 1969, 12, 31), (59, 1970, 3, 1), (11_016, 2000, 2, 29), (11_017, 2000, 3, 1),
        (47_540, 2100, 2, 28), (47_541, 2100, 3, 1), (-719_528, 0, 1, 1), (2_932_896, 9999, 12, 31),
    ])
    func `a day and its date stand for each other`(days: Int64, year: Int64, month: Int64, day: Int64) {
        let date = CivilDate(daysSinceEpoch: days)
        #expect(date == CivilDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch == days)
    }

    @Test func `each day follows the one before, and 400 years are 146,097 days`() {
        var before = CivilDate(daysSinceEpoch: -800_000)
        for days in Int64(-799_999)..<800_000 {
            let date = CivilDate(daysSinceEpoch: days)
            let isNext =
                date.month == before.month && date.year == before.year
                ? date.day == before.day + 1
                : date.day == 1 && before.day >= 28 && (date.month - before.month + 12) % 12 == 1
            guard isNext, date.daysSinceEpoch == days else {
                Issue.record("\(days) is \(date), behind \(before)")
                return
            }
            before = date
        }
        #expect(CivilDate(daysSinceEpoch: 146_097) == CivilDate(year: 2370, month: 1, day: 1))
    }

    @Test(arguments: [(2023, 2, 29), (2100, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 4, 31), (2024, 1, 0)])
    func `a day that does not exist is none`(year: Int64, month: Int64, day: Int64) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }
}
