import Time

/// Zone data: whatever is accepted answers for any time, and a moment on the wall is shown as that time.
enum Zones {
    @Sendable static func check(_ input: Bytes) {
        guard let zone = ZoneRules(zoneData: Array(input)) else { return }
        for year in stride(from: Int64(2_000), through: 2_100, by: 25) {
            guard let day = CivilDate(year: year, month: 3, day: 29) else { continue }
            let moments = zone.moments(ofWall: day.daysSinceEpoch * 86_400 + 9_000)
            demand((1...2).contains(moments.count), "\(moments.count) moments")
            demand(moments.sorted() == moments, "moments out of order")
            for moment in moments {
                let shown = zone.day(of: moment)
                demand(
                    abs(shown.daysSinceEpoch - day.daysSinceEpoch) <= 3,
                    "\(moment.rfc3339) is shown as \(shown)")
            }
        }
    }
}
