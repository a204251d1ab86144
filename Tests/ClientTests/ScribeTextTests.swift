import JSON
import Testing
import Time

@testable import Client

struct ScribeTextTests {
    private let now: Timestamp

    init() throws {
        now = try Timestamp(rfc3339: "2026-01-15T10:16:00Z")
    }

    private func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test func `a todo has its entry, its time, its words in force, and its owner`() throws {
        let todo = try json(#"{"seq": 12, "owner": "bo\u001bb", "due_at": "2026-01-15T10:21:00.000Z"}"#)
        let entry = try json(#"{"text": "call", "corrections": []}"#)
        #expect(TodoText.line(todo, entry: entry, now: now) == #"12   10:21, in 5 min     call (bo\u{1B}b)"#)
        let corrected = try json(
            #"{"text": "call", "corrections": [{"text": "mail"}, {"text": "visit\nthem"}]}"#)
        let open = try json(#"{"seq": 7, "owner": null, "due_at": null}"#)
        #expect(
            TodoText.line(open, entry: corrected, now: now).hasPrefix("7    without a time      visit"))
        #expect(TodoText.line(open, entry: corrected, now: now).hasSuffix("them"))
        #expect(TodoText.line(open, entry: nil, now: now).hasSuffix("its text could not be read"))
    }

    @Test func `what may explain an incident is a line each`() throws {
        let context = try json(
            """
            {"deploys": [{"scope": "web", "what": "2.14", "author": "ci", "at": "2026-01-15T09:50:12.345Z"},
                         {"scope": "*", "what": null, "author": "ci", "at": "2026-01-14T23:50:00.000Z"}],
             "advice": "prefer rollback to 2.13",
             "similar": [{"ref": "INC-3", "title": "a\\nb", "severity": "major", "status": "resolved",
                          "ended_at": "2026-01-10T08:00:00.000Z", "minutes": 20, "mitigation": "rollback"},
                         {"ref": "INC-2", "title": "c", "severity": "minor", "status": "cancelled", "ended_at": null,
                          "minutes": null, "mitigation": null}]}
            """)
        let lines = ContextText.lines(context, now: now)
        try #require(lines.count == 5, "\(lines)")
        #expect(lines[0] == "Deploy 09:50 of web by ci: 2.14")
        #expect(lines[1] == "Deploy 2026-01-14 23:50 of * by ci")
        #expect(lines[2] == "Advice: prefer rollback to 2.13")
        #expect(lines[3].hasPrefix("Similar: INC-3 a"))
        #expect(
            lines[3].hasSuffix("b (major, ended 2026-01-10 08:00, 20 min of impact); what worked: rollback"))
        #expect(lines[4] == "Similar: INC-2 c (minor)")
        #expect(
            ContextText.lines(try json(#"{"deploys": [], "advice": null, "similar": []}"#), now: now) == [])
    }
}
