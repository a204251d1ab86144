import JSON
import TestSupport
import Testing
import Time

@testable import Client

struct RenderingTests {
    private let now: Timestamp
    private let pipe = Screen(isTerminal: false, hasColour: false, width: 80)

    init() throws {
        now = try Timestamp(rfc3339: "2026-01-15T10:16:00Z")
    }

    private func incident(_ ref: String, _ title: String, due: String, severity: String = "major") throws
        -> JSONValue
    {
        try JSONReader.read(
            Array(
                """
                {"ref": "\(ref)", "title": \(String(decoding: JSONValue.string(title).encoded(), as: UTF8.self)),
                 "severity": "\(severity)", "status": "mitigating", "roles": {"commander": {"person": "al\\u001bice"}},
                 "cadence": {"next_update_due_at": \(due)}}
                """.utf8))
    }

    @Test func `the table has aligned columns, and whole titles in a pipe`() throws {
        let long = String(repeating: "long ", count: 40)
        let items = [
            try incident("INC-12", long, due: #""2026-01-15T10:21:00.000Z""#),
            try incident("INC-7", "a", due: "null", severity: "critical"),
        ]
        #expect(
            IncidentTable.lines(items, on: pipe, now: now) == [
                "REF     SEVERITY  STATUS      NEXT UPDATE  COMMANDER    TITLE",
                "INC-12  major     mitigating  in 5 min     al\\u{1B}ice  " + long,
                "INC-7   critical  mitigating  -            al\\u{1B}ice  a",
            ])
    }

    @Test func `on a terminal a title is cut, and severities have colours unless they are unwanted`() throws {
        let items = [
            try incident("INC-1", String(repeating: "日本", count: 40), due: #""2026-01-15T10:13:00.000Z""#)
        ]
        let terminal = Screen(isTerminal: true, hasColour: false, width: 80)
        let lines = IncidentTable.lines(items, on: terminal, now: now)
        #expect(lines.last?.hasPrefix("INC-1  major     mitigating  3 min late") == true)
        #expect(lines.allSatisfy { $0.columns <= 80 } && lines.last?.hasSuffix("…") == true)
        let coloured = IncidentTable.lines(
            items, on: Screen(isTerminal: true, hasColour: true, width: 80), now: now)
        #expect(coloured.last?.contains("\u{1B}[1;33mmajor\u{1B}[0m     mitigating") == true)
        #expect(coloured.first?.contains("\u{1B}") == false)
    }

    @Test(arguments: [8, 12, 15, 20, 31, 40, 60])
    func `on a narrow terminal an incident has lines of its own, which fit`(width: Int) throws {
        let items = [
            try incident("INC-1", String(repeating: "日本", count: 40), due: #""2026-01-15T10:13:00.000Z""#),
            try incident("INC-123456", "Payments fail", due: "null", severity: "critical"),
        ]
        let lines = IncidentTable.lines(
            items, on: Screen(isTerminal: true, hasColour: false, width: width), now: now)
        #expect(lines.count >= 6 && lines.allSatisfy { $0.columns <= width }, "\(lines)")
        guard width == 40 else { return }
        #expect(lines.first == "INC-1 major mitigating" && lines[1].hasSuffix("…"))
        #expect(lines[2] == "  update 3 min late" && lines[3] == #"  commander al\u{1B}ice"#)
        #expect(
            lines.suffix(3) == [
                "INC-123456 critical mitigating", "  Payments fail",
                #"  commander al\u{1B}ice"#,
            ])
        let coloured = IncidentTable.lines(
            items, on: Screen(isTerminal: true, hasColour: true, width: width), now: now)
        #expect(coloured.first == "INC-1 \u{1B}[1;33mmajor\u{1B}[0m mitigating")
        #expect(IncidentTable.lines(items, on: pipe, now: now).count == 3)
    }

    @Test(
        arguments: [
            (("x", nil, nil), "the impact is recorded."), (("", nil, nil), "the impact is removed."),
            (("x", "y", nil), "the impact and the workaround are recorded."),
            (("x", " ", "y"), "the impact and what restored means are recorded, the workaround is removed."),
            (("", "", nil), "the impact and the workaround are removed."),
        ] as [((String?, String?, String?), String)])
    func `all that was set is said, and what was emptied`(given: (String?, String?, String?), words: String) {
        let values = [
            ("the impact", given.0), ("the workaround", given.1), ("what restored means", given.2),
        ]
        #expect(RecordedValues.sentence(values.map { (name: $0.0, text: $0.1) }) == words)
    }

    @Test func `hostile titles stay on their line`() throws {
        let items = [try incident("INC-1", "a\u{1B}[2Jb\u{202E}c\nINC-2  fake\u{200B}\u{9B}", due: "null")]
        let lines = IncidentTable.lines(items, on: pipe, now: now)
        #expect(lines.count == 2)
        #expect(lines.last?.hasSuffix(#"a\u{1B}[2Jb\u{202E}c\nINC-2  fake\u{200B}\u{9B}"#) == true)
    }

    @Test(arguments: [
        ("10:16:45", "10:16, in 45 s"), ("10:20:59", "10:20, in 5 min"), ("11:36:00", "11:36, in 1 h 20 min"),
        ("10:13:00", "10:13, 3 min ago"), ("10:15:59", "10:15, 1 s ago"),
    ])
    func `a due time is shown with what is left`(time: String, shown: String) throws {
        #expect(DueText.text(try Timestamp(rfc3339: "2026-01-15T\(time)Z"), now: now) == shown)
    }

    @Test func `another day has its date`() throws {
        #expect(
            DueText.text(try Timestamp(rfc3339: "2026-01-17T12:16:00Z"), now: now)
                == "2026-01-17 12:16, in 2 d 2 h")
    }

    @Test(arguments: [
        (299_001, "05:00"), (1, "00:01"), (0, "00:00"), (-10_000, "-00:10"), (3_661_000, "1:01:01"),
        (-3_600_000, "-1:00:00"),
    ])
    func `a countdown counts to zero and beyond`(milliseconds: Int, shown: String) {
        #expect(DueText.countdown(now + .milliseconds(milliseconds), now: now) == shown)
    }

    @Test func `a query is encoded`() {
        #expect(Query(("a", "x y&z=é"), ("b", nil), ("c", "")).text == "?a=x%20y%26z%3D%C3%A9&c=")
        #expect(Query(("b", nil)).text == "")
    }

    @Test func `a problem says what happened, where, and what to do`() {
        let problem = ServiceProblem(
            status: 422,
            body: Array(
                ##"{"type":"/problems/clock-skew","detail":"Two \u001b members.","errors":[{"detail":"too long","pointer":"#/title"}],"allowed":["a"],"links":[{"operation":"readEntry","method":"GET","href":"/v1/x","detail":"y"}]}"##
                    .utf8), path: "/v1/x")
        #expect(
            problem.text(url: "http://a.example") == """
                Two \\u{1B} members. (clock-skew)
                  the title: too long
                  allowed: a
                """)
        #expect(
            ServiceProblem(status: 401, body: [], path: "/").text(url: "http://a.example").contains(
                "drumbeat token create"))
        #expect(
            ServiceProblem(status: 404, body: Array("<html>".utf8), path: "/").text(url: "http://a.example")
                .contains("DRUMBEAT_URL"))
    }

    @Test func `what the all-clear lacks is a list, each with the command that adds it`() {
        let body =
            ##"{"type":"/problems/not-restored","status":409,"detail":"The all-clear lacks it.","errors":["##
            + ##"{"detail":"No one said.","pointer":"#/status","code":"restored_when"},"##
            + ##"{"detail":"It runs.","pointer":"#/status","code":"watch","until":"2026-01-15T10:25:00.000Z"},"##
            + ##"{"detail":"Nobody tried.","pointer":"#/status","code":"no_check"},"##
            + ##"{"detail":"It failed.","pointer":"#/status","code":"failed_check","path":"GET bob's page"},"##
            + ##"{"detail":"What a newer service asks.","pointer":"#/status","code":"other"}],"##
            + ##""links":[{"method":"PATCH","href":"/v1/incidents/INC-7","detail":"y"}]}"##
        let problem = ServiceProblem(
            status: 409, body: Array(body.utf8), path: "/v1/incidents/INC-7/status")
        #expect(
            problem.text(url: "http://a.example") == #"""
                The all-clear lacks it. (not-restored)
                  No one said.
                    drumbeat impact INC-7 --restored-when 'people can sign in within 3 s'
                  It runs.
                    drumbeat status INC-7 resolved
                  Nobody tried.
                    drumbeat check INC-7 PATH --passed --evidence "…"
                  It failed.
                    drumbeat check INC-7 'GET bob'\''s page' --passed --evidence "…"
                  What a newer service asks.
                As commander, although it lacks that:
                    drumbeat status INC-7 resolved --override --reason "…"
                """#)
    }

    @Test
    func `of several open mitigations each is named by its entry, and how they ended is left to the user`() {
        let flaw =
            ##"{"detail":"Entry 5.","pointer":"#/status","code":"open_mitigation","entry":"5"}"##
        let one = restoring(flaw)
        #expect(one.contains("\n    drumbeat outcome INC-7 RESULT --seen \"…\"\n"), "\(one)")
        let two = restoring("\(flaw),\(flaw.replacing("5", with: "6"))")
        for entry in 5...6 {
            #expect(
                two.contains("\n    drumbeat outcome INC-7 RESULT --entry \(entry) --seen \"…\"\n"), "\(two)")
        }
    }

    @Test func `a suggested command keeps the author that was typed`() {
        let text = restoring(
            ##"{"detail":"It runs.","pointer":"#/status","code":"watch"}"##, author: "Ann Lee")
        #expect(text.contains("\n    drumbeat status INC-7 resolved --author 'Ann Lee'\n"), "\(text)")
        #expect(text.hasSuffix("resolved --override --reason \"…\" --author 'Ann Lee'"), "\(text)")
    }

    private func restoring(_ flaws: String, author: String? = nil) -> String {
        var problem = ServiceProblem(
            status: 409,
            body: Array(
                #"{"type":"/problems/not-restored","detail":"It lacks something.","errors":[\#(flaws)]}"#.utf8
            ),
            path: "/v1/incidents/INC-7/status")
        problem.author = author
        return problem.text(url: "http://a.example")
    }

    @Test func `a link keeps the author only in a command that takes one`() {
        let links =
            #"{"operation":"listIncidents","method":"GET","href":"/v1/incidents","body":null},"#
            + #"{"operation":"liftFreeze","method":"DELETE","href":"/v1/incidents/INC-7/freeze","body":null}"#
        var problem = ServiceProblem(
            status: 409,
            body: Array(#"{"type":"/problems/new","detail":"No.","links":[\#(links)]}"#.utf8),
            path: "/v1/incidents/INC-7")
        problem.author = "alice"
        #expect(
            problem.text(url: "http://a.example") == """
                No. (new)
                  drumbeat list
                  drumbeat lift INC-7 --author alice
                """)
    }

    @Test(arguments: [
        ("#L2", "/v1/incidents/INC-7/timeline/import", "line 2"),
        ("#/data/minutes", "/v1/incidents/INC-7/timeline", "--minutes"),
        ("#/data/suspect", "/v1/incidents/INC-7/timeline", "--suspect"),
        ("#/minutes", "/v1/incidents/INC-7/freeze/exceptions", "--minutes"),
        ("#/minutes", "/v1/incidents/INC-7/cadence/snoozes", "the duration"),
    ])
    func `a refused member is named as it was typed`(pointer: String, path: String, name: String) {
        let flaw = JSONObject(("detail", "It is too much.".asJSON), ("pointer", pointer.asJSON))
        let body = JSONObject(
            ("type", "/problems/validation".asJSON), ("detail", "x".asJSON),
            ("errors", .array([.object(flaw)])))
        let problem = ServiceProblem(status: 422, body: body.encoded(), path: path)
        #expect(problem.text(url: "http://a.example") == "\(name): It is too much. (validation)")
    }

    @Test(arguments: [
        (
            false, "2026-01-15T10:10:00Z",
            #"Once it works: drumbeat check INC-7 'sign in' --passed --evidence "…""#
        ),
        (
            true, "2026-01-15T10:10:00Z",
            "The watch ends 10:30, in 20 min. It needs another check that passes, from 10:15 on."
        ),
        (true, "2026-01-15T10:15:00Z", "The watch ends 10:30, in 15 min."),
        (true, "2026-01-15T10:30:00Z", "drumbeat status INC-7 resolved"),
    ])
    func `after a check the client says what is still missing`(passed: Bool, now: String, next: String) throws
    {
        let incident = try JSONReader.read(
            Array(
                #"{"watch":{"started_at":"2026-01-15T10:00:00.000Z","middle_at":"2026-01-15T10:15:00.000Z","until":"2026-01-15T10:30:00.000Z"}}"#
                    .utf8))
        let text = CheckText.next(
            "INC-7", afterCheckOf: "sign in", passed: passed, incident, now: try Timestamp(rfc3339: now))
        #expect(text == next)
    }

    @Test func `what the linter found is shown in its words, with the suggestion`() {
        let body =
            ##"{"type":"/problems/lint-blocked","detail":"The text was not published.","errors":["##
            + ##"{"detail":"guess at bytes 0 to 8.","pointer":"#/text"}],"current":{"findings":["##
            + ##"{"rule":"guess","span":[0,8],"text":"probably","suggestion":"Leave it out."}]},"##
            + ##""links":[{"operation":"publishUpdate","method":"POST","href":"/v1/incidents/INC-7/status-updates","##
            + ##""detail":"x","body":{"text":"…","force":true}}]}"##
        let problem = ServiceProblem(status: 422, body: Array(body.utf8), path: "/v1/incidents/INC-7/x")
        #expect(
            problem.text(url: "http://a.example") == """
                The text was not published. (lint-blocked)
                  "probably" (guess): Leave it out.
                  drumbeat update INC-7 --text "…" --force
                """)
    }

    @Test(arguments: [
        ("zoe", "zoe"), ("Ann Lee", "'Ann Lee'"), (##"a$(id)"'"##, ##"'a$(id)"'\'''"##), ("`id`", "'`id`'"),
        ("a;b", "'a;b'"), ("-h", "'-h'"), ("", "''"), ("zoë", "'zoë'"), ("a\nb", #"'a\nb'"#),
    ])
    func `a name within a suggested command is one word of the shell, in which nothing is expanded`(
        name: String, word: String
    ) {
        let body = JSONObject(
            ("type", "/problems/commander-only".asJSON), ("detail", "Only the commander.".asJSON),
            ("current", name.asJSON))
        let text = ServiceProblem(status: 409, body: body.encoded(), path: "/v1/incidents/INC-7/status").text(
            url: "http://a.example")
        #expect(text.hasSuffix("\nTo say it in the commander's name: --author \(word)"), "\(text)")
    }

    /// What a newer service may say.
    private func said(_ detail: String, title: String = "A title") -> String {
        let body = JSONObject(
            ("type", "/problems/new".asJSON), ("title", title.asJSON), ("detail", detail.asJSON))
        return ServiceProblem(status: 409, body: body.encoded(), path: "/v1/incidents/INC-7/x").text(
            url: "http://a.example")
    }

    @Test(arguments: [
        ("It is so. PUT …/x makes it other.", "It is so. PUT …/x makes it other. (new)"),
        ("Ask JSON Bourne, who uses curl and POST.", "Ask JSON Bourne, who uses curl and POST. (new)"),
        ("", "A title. (new)"),
    ])
    func `the detail of a problem is shown whole`(detail: String, shown: String) {
        #expect(said(detail) == shown)
    }

    @Test func `a link without an operation, as of an older service, is shown in its own words`() {
        let link = JSONObject(
            ("method", "PUT".asJSON), ("href", "/v1/x".asJSON), ("detail", "makes it \u{1B} other".asJSON))
        let body = JSONObject(
            ("type", "/problems/new".asJSON), ("detail", "It is so.".asJSON),
            ("links", .array([.object(link)])))
        let problem = ServiceProblem(status: 409, body: body.encoded(), path: "/v1/incidents/INC-7/x")
        #expect(
            problem.text(url: "http://a.example") == #"""
                It is so. (new)
                  makes it \u{1B} other
                """#)
    }

    @Test func `what a command needs from a link is one word of the shell`() {
        let link = JSONObject(
            ("operation", "editIncident".asJSON), ("href", "/v1/incidents/INC-7".asJSON),
            ("body", .object(JSONObject(("impact", "$(id) 'x'".asJSON)))))
        let command = CommandWords.command(for: .object(link), of: nil)
        #expect(command == #"drumbeat impact INC-7 '$(id) '\''x'\'''"#)
    }

    @Test func `a path in DRUMBEAT_URL that leads nowhere is named, with what to set`() {
        let body = Array(
            #"{"type":"/problems/not-found","detail":"Nothing exists at this path.","unknown_path":"/drumbeat/v1"}"#
                .utf8)
        let problem = ServiceProblem(status: 404, body: body, path: "/v1/incidents")
        #expect(
            problem.text(url: "https://a.example:8443/drumbeat") == """
                Nothing exists at this path. (not-found)
                DRUMBEAT_URL has the path /drumbeat. If the service has none: export DRUMBEAT_URL=https://a.example:8443
                """)
        #expect(!problem.text(url: "https://a.example:8443").contains("DRUMBEAT_URL"))
    }
}
