import Testing
import Time

@testable import Outbound

struct ResponseCollectorTests {
    private func take(_ line: String, _ answer: inout ResponseCollector) -> Bool {
        Array(line.utf8).withUnsafeBytes { answer.take(line: $0) }
    }

    @Test func `the head is complete with the empty line of a final answer`() {
        var answer = ResponseCollector()
        for line in [
            "HTTP/1.1 103 Early Hints\r\n", "Retry-After: 1\r\n", "\r\n", "HTTP/1.1 429 Slow Down\r\n",
        ] {
            #expect(take(line, &answer))
            #expect(!answer.isHeadComplete)
        }
        #expect(answer.retryAfter == nil)
        #expect(take("RETRY-AFTER: 7\r\n", &answer))
        #expect(take("Retry-After-Not: 8\r\n", &answer))
        #expect(take("\r\n", &answer))
        #expect(answer.isHeadComplete)
        #expect(take("Retry-After: 9\r\n", &answer), "a trailer")
        #expect(answer.retryAfter.map { String(decoding: $0, as: UTF8.self) } == " 7\r\n")
    }

    @Test func `headers end at 16 KiB over all answers`() {
        var answer = ResponseCollector()
        let line = "X: " + String(repeating: "y", count: 1_019) + "\r\n"
        for _ in 0..<16 { #expect(take(line, &answer)) }
        #expect(!answer.isHeadTooLong)
        #expect(!take("\r\n", &answer))
        #expect(answer.isHeadTooLong)
    }

    @Test func `the body ends at 16 KiB and 1 KiB is kept`() {
        var answer = ResponseCollector()
        let piece = [UInt8](repeating: 65, count: 1_000)
        for _ in 0..<16 { #expect(piece.withUnsafeBytes { answer.take(body: $0) }) }
        #expect(!piece.withUnsafeBytes { answer.take(body: $0) })
        #expect(answer.kept.count == 1_024)
    }

    @Test(arguments: [
        ("120", 120), (" 0 ", 0), ("3600", 3_600), ("3601", 3_600), ("999999999", 3_600), ("007", 7),
        ("Thu, 15 Jan 2026 10:19:00 GMT", 120), ("Thursday, 15-Jan-26 10:19:00 GMT", 120),
        ("Thu Jan 15 10:19:00 2026", 120),
        ("Thu, 15 Jan 2026 10:17:00 GMT", 0), ("Thu, 15 Jan 2026 10:16:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 16 Jan 2026 10:17:00 GMT", 3_600), ("Fri, 31 Dec 9999 23:59:59 GMT", 3_600),
    ])
    func `a pause is asked for in seconds or by a date`(value: String, seconds: Int) {
        #expect(RetryAfter.pause(value.utf8, now: morning) == .seconds(seconds))
    }

    @Test(arguments: [
        "", " ", "-1", "+5", "1.5", "5 s", "1000000000", "9999999999999999999999", "soon",
        "2026-01-15T10:19:00Z", "٣",
        "Thu, 15 Jan 2026 10:19:00 GMT, 5", "5, 6", "Thu\u{0}", String(repeating: "Thu, ", count: 100),
    ])
    func `what is no pause is ignored`(value: String) {
        #expect(RetryAfter.pause(value.utf8, now: morning) == nil)
    }

    @Test(arguments: [
        ("ok", "ok"), ("a\r\nb\tc\u{0}\u{1B}[2J\u{7F}", "a\\r\\nb\\tc\\x00\\x1B[2J\\x7F"), ("\\", "\\\\"),
        ("ä→😀", "ä→😀"),
        ("\u{202E}x\u{2028}\u{85}\u{FEFF}", "\\u{202E}x\\u{2028}\\u{85}\\u{FEFF}"), ("", ""),
    ])
    func `an excerpt shows no control`(text: String, shown: String) {
        #expect(Excerpt.of(text.utf8) == shown)
    }

    @Test func `an excerpt escapes what is not UTF-8 and has at most 200 bytes`() {
        #expect(Excerpt.of([0x61, 0xFF, 0xC0, 0xAF, 0xE2, 0x82, 0x62]) == "a\\xFF\\xC0\\xAF\\xE2\\x82b")
        #expect(Excerpt.of([UInt8](repeating: 65, count: 1_024)).utf8.count == 200)
        #expect(Excerpt.of([UInt8](repeating: 0, count: 1_024)).utf8.count == 200)
        #expect(
            Excerpt.of(String(repeating: "a", count: 199).utf8.map { $0 } + Array("ä".utf8)).utf8.count == 199
        )
    }
}
