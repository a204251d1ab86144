import Model
import Testing

@testable import Incidents
@testable import Time

/// Chat logs: lines, days and zones, and what is recorded already.
struct ChatLogTests {
    private static func times(_ text: String, from day: String = "2026-01-15", in zone: ZoneRules = .utc)
        throws
        -> [String]
    {
        let first = try #require(CivilDate(iso: day[...]))
        return try ChatLog(text).dated(from: first, in: zone).map { String($0.at.rfc3339.prefix(19)) }
    }

    private static func flaws(_ text: String) -> [String] {
        do {
            _ = try ChatLog(text)
            return []
        } catch {
            return error.flaws.map(\.pointer)
        }
    }

    @Test(arguments: [
        ("[10:04] alice: lag recovering", "alice", "lag recovering"),
        ("[10:04:30] alice: lag recovering", "alice", "lag recovering"),
        ("10:04 alice: lag recovering", "alice", "lag recovering"),
        ("10:04:30 alice: lag recovering", "alice", "lag recovering"),
        ("9:58 alice: x", "alice", "x"), ("[9:58]alice:x", "alice", "x"),
        ("  [10:04]   Anna Maria :  x: y ", "Anna Maria", "x: y"), ("[ 10:04 ] @bob: x", "@bob", "x"),
        ("[2026-01-14 10:04] alice: x", "alice", "x"), ("[2026-01-14T10:04:05] alice: x", "alice", "x"),
        ("[10:04] José: ü\r", "José", "ü"), ("[10:04] a: https://b.example", "a", "https://b.example"),
    ])
    func `a line with a time and a name is a message`(line: String, author: String, text: String) throws {
        let messages = try ChatLog(line).messages
        #expect(messages.map(\.author) == [author])
        #expect(messages.map(\.text) == [text])
    }

    @Test(arguments: [
        "and more", "10:04 no name here", "[ERROR] x: y", "[12] x: y", "1:2 x: y", "10:04:33.123 ERROR x: y",
        "10:04alice: x", "at 10:04 alice: x", "10:04 https://c.example", "[10:04 alice: x",
    ])
    func `another line goes on from the one before`(line: String) throws {
        let messages = try ChatLog("[10:00] alice: one\n\(line)\n\n  three\n\n[10:01] bob: x\n").messages
        #expect(messages.map(\.text) == ["one\n\(line)\n\n  three", "x"])
        #expect(messages.map(\.line) == [1, 6])
    }

    @Test func `the text may begin on the second line`() throws {
        #expect(try ChatLog("[10:00] alice:\nlook:\n  here").messages.map(\.text) == ["look:\n  here"])
    }

    @Test(arguments: [
        ("[10:04] a: x\n[09:58] b: x", ["2026-01-15T10:04:00", "2026-01-15T09:58:00"]),
        // Exactly twelve hours earlier is the same day.
        ("[22:00] a: x\n[10:00] b: x", ["2026-01-15T22:00:00", "2026-01-15T10:00:00"]),
        ("[22:00:01] a: x\n[10:00] b: x", ["2026-01-15T22:00:01", "2026-01-16T10:00:00"]),
        (
            "[23:59] a: x\n[00:01] b: x\n[23:00] c: x\n[00:30] d: x",
            ["2026-01-15T23:59:00", "2026-01-16T00:01:00", "2026-01-16T23:00:00", "2026-01-17T00:30:00"]
        ),
        ("[23:59] a: x\n2026-01-20\n[00:01] b: x", ["2026-01-15T23:59:00", "2026-01-20T00:01:00"]),
        (
            "--- 2026-02-28 ---\n[23:59] a: x\n[00:01] b: x",
            ["2026-02-28T23:59:00", "2026-03-01T00:01:00"]
        ),
        ("[2026-01-18 23:59] a: x\n[00:01] b: x", ["2026-01-18T23:59:00", "2026-01-19T00:01:00"]),
    ])
    func `days follow from the times and from lines with a date`(text: String, times: [String]) throws {
        #expect(try Self.times(text) == times)
    }

    @Test(arguments: [
        ("[24:00] alice: x", ["#L1"]), ("[10:60] alice: x", ["#L1"]), ("[10:04:60] alice: x", ["#L1"]),
        ("[10:4] alice: x", ["#L1"]), ("[10:04] nobody", ["#L1"]), ("[10:04] : x", ["#L1"]),
        ("[10:04] @@a: x", ["#L1"]), ("[10:04] a:", ["#L1"]), ("[10:04] https://c.example", ["#L1"]),
        ("hello", ["#L1"]), ("", ["#L1"]), ("\n\n", ["#L1"]), ("2026-02-30\n[10:04] a: x", ["#L1"]),
        ("1999-01-01\n[10:04] a: x", ["#L1"]), ("[2026-02-30 10:04] a: x", ["#L1"]),
        ("[10:04] a: x\n[25:00] b: x\nmore\n[10:05] c: y\n[10:06] d", ["#L2", "#L5"]),
        ("99:99 alice: x", ["#L1"]),
        ("[10:04] \(String(repeating: "a", count: 201)): x", ["#L1"]),
        ("[10:04] a: " + String(repeating: "x", count: 65_537), ["#L1"]),
    ])
    func `lines at fault are named by their number`(text: String, pointers: [String]) {
        #expect(Self.flaws(text) == pointers)
    }

    @Test func `a log has at most 2,000 lines`() throws {
        let line = "[10:04] alice: x\n"
        let most = String(repeating: line, count: 1_999) + "[10:04] alice: x"
        #expect(try ChatLog(most).messages.count == 2_000)
        #expect(Self.flaws(most + "\nx") == ["#L2001"])
    }

    @Test func `an hour that comes twice is the first one, unless the message before was later`() throws {
        // Clocks go from 03:00 back to 02:00 at 01:00 UTC.
        let zone = ZoneRules(
            transitions: [
                .init(at: try Timestamp(rfc3339: "2026-10-25T01:00:00Z").milliseconds / 1_000, offset: 3_600)
            ],
            first: 7_200, rule: nil)
        #expect(
            try Self.times(
                "[02:30] a: x\n[02:50] a: x\n[02:10] a: x\n[03:10] a: x", from: "2026-10-25", in: zone) == [
                    "2026-10-25T00:30:00", "2026-10-25T00:50:00", "2026-10-25T01:10:00",
                    "2026-10-25T02:10:00",
                ])
    }

    @Test(arguments: [
        ("[10:04] a: x", "2026-01-15"),
        // It began the evening before it was declared.
        ("[23:50] a: x\n[00:10] b: x", "2026-01-14"), ("[23:50] a: x", "2026-01-14"),
        ("2026-01-13\n[23:50] a: x", "2026-01-15"), ("[12:00] a: x", "2026-01-15"),
        ("[23:50] a: x\n[00:10] b: x\n[12:00] a: x", "2026-01-14"),
        (
            "[23:50] a: x\n[00:10] b: x\n[23:00] a: x\n[00:30] b: x\n[23:00] a: x\n[00:30] b: x",
            "2026-01-12"
        ),
    ])
    func `the first day is that of the start, or so early that no message lies in the future`(
        text: String, day: String
    ) throws {
        let start = try Timestamp(rfc3339: "2026-01-15T00:05:00Z")
        let now = try Timestamp(rfc3339: "2026-01-15T12:00:00Z")
        let first = try ChatLog(text).firstDay(at: start, in: .utc, now: now)
        #expect(first == CivilDate(iso: day[...]))
    }

    @Test(
        arguments: [
            (["a", "b"], [], [0, 1]), (["a", "b"], ["a", "b"], [0, 1]),
            (["a", "b", "c"], ["a", "b"], [0, 1, 2]),
            // The log begins later than the one before.
            (["b", "c"], ["a", "b"], [1, 2]), (["a", "a"], ["a"], [0, 1]),
            (["a", "a", "a"], ["a", "x", "a"], [0, 2, 3]),
            (["x"], ["a"], [1]),
            // An erased text is not added again, and takes no other's place.
            (["a", "b"], ["a", nil], [0, 1]), (["b", "a"], [nil, "a"], [0, 1]),
            (["c", "d"], ["a", nil], [1, 2]),
        ] as [([String], [String?], [Int])])
    func `texts of one person at one time are paired with what is recorded`(
        texts: [String], recorded: [String?], ordinals: [Int]
    ) {
        #expect(ChatLog.ordinals(of: texts, recorded: recorded) == ordinals)
    }
}
