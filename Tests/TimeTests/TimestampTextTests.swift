import Testing
import Time

@Suite struct TimestampTextTests {
    @Test(arguments: momentTexts)
    func `a moment is shown as RFC 3339`(milliseconds: Int64, rfc3339: String) {
        let moment = Timestamp(milliseconds: milliseconds)
        #expect(moment.rfc3339 == rfc3339)
        var bytes = Array("x".utf8)
        moment.appendRFC3339(to: &bytes)
        #expect(bytes == Array("x\(rfc3339)".utf8))
    }

    @Test func `moments without a four-digit year are shown as the nearest that have one`() {
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
    }

    @Test func `what is shown is read as the same moment, every day of the years accepted`() throws {
        let day: Int64 = 86_400_000
        var milliseconds: Int64 = 946_684_800_000
        var step: Int64 = 0
        while milliseconds < 4_133_980_800_000 {
            let moment = Timestamp(milliseconds: milliseconds)
            #expect(try Timestamp(rfc3339: moment.rfc3339) == moment)
            step = (step + 12_345_678) % day
            milliseconds += day + step / 1_000
        }
    }

    @Test(arguments: [
        ("2026-01-15T10:17:00Z", 1_768_472_220_000 as Int64),
        ("2026-01-15t10:17:00z", 1_768_472_220_000),
        ("2026-01-15 10:17:00Z", 1_768_472_220_000),
        ("2026-01-15T10:17:00+00:00", 1_768_472_220_000),
        ("2026-01-15T10:17:00-00:00", 1_768_472_220_000),
        ("2026-01-15T12:17:00+02:00", 1_768_472_220_000),
        ("2026-01-15T04:47:00-05:30", 1_768_472_220_000),
        ("2026-01-16T10:16:00+23:59", 1_768_472_220_000),
        ("2026-01-14T10:18:00-23:59", 1_768_472_220_000),
        ("2026-01-15T10:17:00.1Z", 1_768_472_220_100),
        ("2026-01-15T10:17:00.12Z", 1_768_472_220_120),
        ("2026-01-15T10:17:00.123Z", 1_768_472_220_123),
        ("2026-01-15T10:17:00.1239Z", 1_768_472_220_123),
        ("2026-01-15T10:17:00.000999999Z", 1_768_472_220_000),
        ("2026-01-15T10:17:00.123456789+00:00", 1_768_472_220_123),
        ("2016-12-31T23:59:60Z", 1_483_228_799_999),
        ("2016-12-31T23:59:60.5Z", 1_483_228_799_999),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2000-01-01T00:00:00Z", 946_684_800_000),
        ("1999-12-31T23:00:00-01:00", 946_684_800_000),
        ("2100-12-31T23:59:59.999Z", 4_133_980_799_999),
        ("2101-01-01T00:59:59.999+01:00", 4_133_980_799_999),
    ])
    func `RFC 3339 is read`(text: String, milliseconds: Int64) throws {
        #expect(try Timestamp(rfc3339: text).milliseconds == milliseconds)
        #expect(try Timestamp(rfc3339: Array(text.utf8)).milliseconds == milliseconds)
        #expect(try Timestamp(rfc3339: text.utf8.reversed().reversed()).milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "x", "2026", "2026-01-15", "2026-01-15T", "2026-01-15T10", "2026-01-15T10:17",
        "2026-01-15T10:17Z",
        "2026-1-15T10:17:00Z", "26-01-15T10:17:00Z", "+2026-01-15T10:17:00Z", "-026-01-15T10:17:00Z",
        "2026-01-15T10:17:00ZZ", "2026-01-15T10:17:00Z ", " 2026-01-15T10:17:00Z", "2026-01-15T10:17:00Z\n",
        "2026-01-15T10:17:00.Z", "2026-01-15T10:17:00,5Z", "2026-01-15T10:17:00.1234567890Z",
        "2026-01-15T10:17:00.-1Z", "2026-01-15T10:17:00.+5Z", "2026-01-15T10:17:00.",
        "2026-01-15T10:17:00+1:00", "2026-01-15T10:17:00+0100", "2026-01-15T10:17:00+01",
        "2026-01-15T10:17:00+",
        "2026-01-15T10:17:00+24:00", "2026-01-15T10:17:00+01:60", "2026-01-15T10:17:00 Z",
        "2026-01-15T10:17:00UTC",
        "2026-01-15T10:17:00+01:00:00", "2026-01-15T24:00:00Z", "2026-01-15T10:60:00Z",
        "2026-01-15T10:17:61Z",
        "2026-00-15T10:17:00Z", "2026-13-15T10:17:00Z", "2026-01-00T10:17:00Z", "2026-01-32T10:17:00Z",
        "2026-04-31T10:17:00Z", "2026-02-29T10:17:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026/01/15T10:17:00Z", "2026-01-15_10:17:00Z", "2026-01-15\t10:17:00Z", "2026-01-15  10:17:00Z",
        "20260115T101700Z", "2026-W03-4T10:17:00Z", "2026-015T10:17:00Z", "+1-01-15T10:17:00Z",
        "２０２６-01-15T10:17:00Z", "2026-01-15T1٠:17:00Z", "2026-01-15T10:17:0٠Z", "1768472220", "1768472220000",
        "2026-01-15T10:17:00\u{0}", "2026-01-15T10:17:00Z\u{0}", "2026-01-15T+1:17:00Z",
        "2026-01-15T10:-1:00Z",
        "Thu, 15 Jan 2026 10:17:00 GMT", "2026-01-15T10:17:00−01:00", "12026-01-15T10:17:00Z",
    ])
    func `what is not RFC 3339 is refused`(text: String) {
        #expect(throws: TimestampFault.malformed) { try Timestamp(rfc3339: text) }
        #expect(throws: TimestampFault.malformed) { try Timestamp(rfc3339: text.utf8.reversed().reversed()) }
    }

    @Test(arguments: ["2026-01-15T10:17:00", "2026-01-15 10:17:00", "2026-01-15T10:17:00.123"])
    func `a moment without an offset is refused for that`(text: String) {
        #expect(throws: TimestampFault.offsetMissing) { try Timestamp(rfc3339: text) }
    }

    @Test(arguments: [
        "1999-12-31T23:59:59.999Z", "2000-01-01T00:59:59+01:00", "2101-01-01T00:00:00Z",
        "2100-12-31T23:00:00-01:00",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    ])
    func `a moment outside 2000 to 2100 is refused for that`(text: String) {
        #expect(throws: TimestampFault.yearOutOfRange) { try Timestamp(rfc3339: text) }
    }

    @Test func `damaged texts never trap`() {
        let original = Array("2026-01-15T10:17:00.123+01:00".utf8)
        for index in original.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = original
                bytes[index] = byte
                _ = try? Timestamp(rfc3339: bytes)
                _ = try? Timestamp(rfc3339: bytes[..<index])
            }
        }
        #expect(throws: TimestampFault.malformed) {
            try Timestamp(rfc3339: [UInt8](repeating: UInt8(ascii: "9"), count: 100_000))
        }
    }
}
