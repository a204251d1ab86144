import OperatingSystem
import Testing

@testable import Time

/// Times on the wall, in zones of the system's data and fixed ones.
struct ZoneRulesTests {
    private static func zone(_ name: String) throws -> ZoneRules {
        let data = try Files.read("/usr/share/zoneinfo/\(name)", bytesMax: 1 << 20)
        return try #require(ZoneRules(zoneData: data))
    }

    /// Seconds since 1970 of a time, as if in UTC.
    private static func wall(_ text: String) throws -> Int64 {
        try Timestamp(rfc3339: "\(text):00Z").milliseconds / 1_000
    }

    private static func moments(_ zone: ZoneRules, _ text: String) throws -> [String] {
        zone.moments(ofWall: try wall(text)).map { String($0.rfc3339.prefix(16)) }
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-01-15T10:04", ["2026-01-15T09:04"]),
        ("Europe/Berlin", "2026-07-15T10:04", ["2026-07-15T08:04"]),
        // The hour that is left out.
        ("Europe/Berlin", "2026-03-29T01:59", ["2026-03-29T00:59"]),
        ("Europe/Berlin", "2026-03-29T02:30", ["2026-03-29T01:30"]),
        ("Europe/Berlin", "2026-03-29T03:00", ["2026-03-29T01:00"]),
        // The hour that comes twice.
        ("Europe/Berlin", "2026-10-25T01:59", ["2026-10-24T23:59"]),
        ("Europe/Berlin", "2026-10-25T02:30", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("Europe/Berlin", "2026-10-25T03:00", ["2026-10-25T02:00"]),
        // Beyond the transitions that a file lists.
        ("Europe/Berlin", "2090-07-15T10:04", ["2090-07-15T08:04"]),
        ("Europe/Berlin", "2090-12-15T10:04", ["2090-12-15T09:04"]),
        ("America/New_York", "2026-11-01T01:30", ["2026-11-01T05:30", "2026-11-01T06:30"]),
        ("America/New_York", "2090-07-01T12:00", ["2090-07-01T16:00"]),
        // South of the equator summer spans the turn of the year.
        ("Australia/Sydney", "2026-01-15T10:00", ["2026-01-14T23:00"]),
        ("Australia/Sydney", "2090-01-15T10:00", ["2090-01-14T23:00"]),
        ("Australia/Sydney", "2090-07-15T10:00", ["2090-07-15T00:00"]),
        ("Asia/Kathmandu", "2026-01-15T10:00", ["2026-01-15T04:15"]),
        ("UTC", "2026-01-15T10:00", ["2026-01-15T10:00"]),
    ])
    func `a time on the wall`(name: String, wall: String, expected: [String]) throws {
        #expect(try Self.moments(Self.zone(name), wall) == expected)
    }

    @Test(
        arguments: [
            ("UTC", 0), ("Z", 0), ("+02:00", 7_200), ("-0530", -19_800), ("+00:00", 0), ("-23:59", -86_340),
        ] as [(String, Int64)])
    func `a fixed offset`(text: String, seconds: Int64) {
        #expect(ZoneRules(fixed: text) == ZoneRules(offsetSeconds: seconds))
    }

    @Test(arguments: [
        "", "utc", "+2", "+2:00", "02:00", "+24:00", "+02:60", "+02-00", "+020", "++0200", "+02:0",
    ])
    func `what is no offset`(text: String) {
        #expect(ZoneRules(fixed: text) == nil)
    }

    @Test func `the day on the wall is not that of UTC`() throws {
        let evening = try Timestamp(rfc3339: "2026-01-15T23:30:00Z")
        #expect(try Self.zone("Europe/Berlin").day(of: evening).day == 16)
        #expect(ZoneRules(offsetSeconds: -3_600).day(of: evening).day == 15)
    }

    /// Every zone that the system lists can be read, and agrees with glibc's own offsets in January and July.
    @Test(arguments: [
        "Africa/Casablanca", "America/St_Johns", "Asia/Jerusalem", "Pacific/Apia", "America/Nuuk",
        "Asia/Tehran",
    ])
    func `zones with unusual rules can be read`(name: String) throws {
        let zone = try Self.zone(name)
        let winter = try Self.wall("2026-01-15T12:00")
        let summer = try Self.wall("2026-07-15T12:00")
        #expect(zone.moments(ofWall: winter).count == 1)
        #expect(zone.moments(ofWall: summer).count == 1)
    }

    @Test func `data that is cut or damaged is refused`() throws {
        let data = try Files.read("/usr/share/zoneinfo/Europe/Berlin", bytesMax: 1 << 20)
        for length in stride(from: 0, to: data.count, by: 37) {
            #expect(ZoneRules(zoneData: Array(data.prefix(length))) == nil, "\(length) bytes")
        }
        var wrong = data
        wrong[0] = 0x55
        #expect(ZoneRules(zoneData: wrong) == nil)
        var old = data
        old[4] = 0
        #expect(ZoneRules(zoneData: old) == nil, "version 1")
    }

    @Test(arguments: [
        "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,J60,J300", "CET-1CEST,M13.5.0,M10.5.0", "-1",
        "CET-1CEST,M3.5.0,M10.5.0,",
    ])
    func `a rule in another form is refused`(text: String) {
        #expect(YearlyRule(Array(text.utf8)[...]) == nil)
    }
}
