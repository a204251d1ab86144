import Testing
import Time

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0", Duration.zero), ("0s", .zero), ("0ms", .zero), ("90s", .seconds(90)), ("15m", .seconds(900)),
        ("8h", .seconds(28_800)), ("250ms", .milliseconds(250)), ("7d", .seconds(604_800)),
        ("1h30m", .seconds(5_400)), ("1d2h3m4s5ms", .milliseconds(93_784_005)),
        ("1m500ms", .milliseconds(60_500)),
        ("3650d", .seconds(315_360_000)), ("87600h", .seconds(315_360_000)), ("100000s", .seconds(100_000)),
    ])
    func `durations are read`(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "s", "1", "00", "15", "15 m", " 15m", "15m ", "+15m", "-15m", "1.5h", "1,5h", "015m", "15M",
        "15min", "1w",
        "1y", "1m1h", "1h1h", "1ms1s", "1h30", "h1", "1hm", "3651d", "87601h", "3650d1ms", "999999999999d",
        "9999999999999999999999s", "٣s", "１s", "1s\u{0}", "1\u{301}s", "1s\n", "1_000s", "0x1s", "1e3s",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.milliseconds(250), "250ms"), (.seconds(1), "1s"), (.seconds(60), "1m"),
        (.seconds(90), "90s"), (.seconds(900), "15m"), (.seconds(5_400), "90m"), (.seconds(28_800), "8h"),
        (.seconds(172_800), "48h"), (.milliseconds(1_500), "1500ms"), (.microseconds(999), "0s"),
        (.seconds(-900), "-15m"),
    ])
    func `durations are shown in the largest unit that fits`(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }

    @Test func `what is shown is read as the same duration`() {
        for milliseconds in stride(from: 0 as Int64, to: 400_000_000, by: 49_999) {
            let duration = Duration.milliseconds(milliseconds)
            #expect(DurationText.parse(DurationText.format(duration)) == duration)
        }
    }
}
