import HTTP
import ServiceSupport
import Testing

/// Limits are counted in characters (Unicode scalars): the last that fits is taken, one more is refused.
struct LimitTests {
    let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare()
    }

    /// A member with its limit; `%` stands for the text.
    struct Member: CustomTestStringConvertible, Sendable {
        let pointer: String
        let charactersMax: Int
        let method: HTTP.Method
        let path: String
        let body: String
        /// What every valid text begins with.
        let prefix: String
        var testDescription: String { "\(method.rawValue) \(path) \(pointer)" }

        init(
            _ pointer: String, _ charactersMax: Int, _ method: HTTP.Method, _ path: String, _ body: String,
            prefix: String = ""
        ) {
            self.prefix = prefix
            self.pointer = pointer
            self.charactersMax = charactersMax
            self.method = method
            self.path = path
            self.body = body
        }
    }

    private static let one = "/v1/incidents/INC-1"
    private static let new = #""title": "x", "severity": "minor""#

    static let names: [Member] = [
        Member("#/title", 200, .post, "/v1/incidents", #"{"title": "%", "severity": "minor"}"#),
        Member("#/title", 200, .patch, one, #"{"title": "%"}"#),
        Member("#/channel", 200, .post, "/v1/incidents", "{\(new), \"channel\": \"%\"}"),
        Member("#/channel", 200, .patch, one, #"{"channel": "%"}"#),
        Member("#/author", 200, .post, "\(one)/timeline", #"{"text": "x", "author": "%"}"#),
        Member("#/person", 200, .put, "\(one)/roles/scribe", #"{"person": "%"}"#),
        Member("#/contact", 200, .put, "\(one)/roles/scribe", #"{"person": "x", "contact": "%"}"#),
        Member("#/roles/scribe", 200, .post, "/v1/incidents", "{\(new), \"roles\": {\"scribe\": \"%\"}}"),
        Member(
            "#/roles/scribe/contact", 200, .post, "/v1/incidents",
            "{\(new), \"roles\": {\"scribe\": {\"person\": \"x\", \"contact\": \"%\"}}}"),
        Member("#/labels/k", 200, .post, "/v1/incidents", "{\(new), \"labels\": {\"k\": \"%\"}}"),
        Member("#/labels/k", 200, .patch, one, #"{"labels": {"k": "%"}}"#),
        Member("#/labels/%", 200, .post, "/v1/incidents", "{\(new), \"labels\": {\"%\": \"v\"}}"),
        Member(
            "#/links/0/title", 200, .post, "/v1/incidents",
            "{\(new), \"links\": [{\"url\": \"tel:u\", \"title\": \"%\"}]}"),
        Member(
            "#/next_action/owner", 200, .post, "/v1/incidents",
            "{\(new), \"next_action\": {\"text\": \"x\", \"owner\": \"%\"}}"),
        Member(
            "#/source/system", 200, .post, "\(one)/timeline",
            #"{"text": "x", "source": {"system": "%", "ref": "x"}}"#),
        Member(
            "#/source/ref", 200, .post, "\(one)/timeline",
            #"{"text": "x", "source": {"system": "x", "ref": "%"}}"#),
        Member("#/name", 200, .post, "/v1/tokens", #"{"name": "%", "scope": "read"}"#),
        Member("#/reason", 1_000, .post, "\(one)/severity/disputes", #"{"claims": "minor", "reason": "%"}"#),
        Member("#/reason", 1_000, .put, "\(one)/severity", #"{"severity": "critical", "reason": "%"}"#),
        Member("#/reason", 1_000, .put, "\(one)/status", #"{"status": "mitigating", "reason": "%"}"#),
        Member(
            "#/reason", 1_000, .patch, "\(one)/cadence", #"{"interval_seconds": 600, "reason": "%"}"#),
        Member("#/reason", 1_000, .post, "\(one)/escalations", #"{"to": "x", "reason": "%"}"#),
        Member("#/to", 200, .post, "\(one)/escalations", #"{"to": "%", "reason": "x"}"#),
        Member("#/author", 200, .post, "/v1/incidents", "{\(new), \"author\": \"%\"}"),
        Member(
            "#/links/0/url", 2_000, .post, "/v1/incidents", "{\(new), \"links\": [{\"url\": \"%\"}]}",
            prefix: "tel:"),
        Member("#/links/0/url", 2_000, .patch, one, #"{"links": [{"url": "%"}]}"#, prefix: "TEL:"),
        Member("#/links/0/title", 200, .patch, one, #"{"links": [{"url": "tel:u", "title": "%"}]}"#),
        Member(
            "#/next_action/owner", 200, .patch, one, #"{"next_action": {"text": "x", "owner": "%"}}"#),
        Member(
            "#/source/url", 2_000, .post, "\(one)/timeline",
            #"{"text": "x", "source": {"system": "x", "ref": "x", "url": "%"}}"#, prefix: "https://"),
    ]

    static let texts: [Member] =
        ["impact", "workaround", "restored_when"].flatMap { name in
            [
                Member("#/\(name)", 2_000, .post, "/v1/incidents", "{\(new), \"\(name)\": \"%\"}"),
                Member("#/\(name)", 2_000, .patch, one, "{\"\(name)\": \"%\"}"),
            ]
        } + [
            Member("#/next_action/text", 2_000, .patch, one, #"{"next_action": {"text": "%"}}"#),
            Member("#/text", 65_536, .post, "\(one)/timeline", #"{"text": "%"}"#),
            Member("#/text", 65_536, .post, "\(one)/status-updates", #"{"text": "%"}"#),
        ]

    @Test(arguments: names + texts)
    func `the last character that fits is taken, one more is refused, whatever its bytes`(member: Member)
        throws
    {
        for letter in ["x", "é", "🔥", "e\u{301}"] {
            let width = letter.unicodeScalars.count
            for extra in [-1, 0, 1] {
                let room = member.charactersMax - member.prefix.utf8.count + extra
                let text =
                    member.prefix + String(repeating: letter, count: room / width)
                    + String(repeating: "y", count: room % width)
                let head = try api.head()
                let reply = try api.ask(member.method, member.path, member.body.replacing("%", with: text))
                if extra <= 0 {
                    #expect(reply.status < 300, "\(letter) \(extra): \(reply.text.prefix(500))")
                } else {
                    #expect(reply.slug == "validation", "\(letter)")
                    #expect(reply.pointers == [member.pointer.replacing("%", with: text)], "\(letter)")
                    #expect(reply.string("errors.0.detail")?.contains("\(member.charactersMax)") == true)
                    #expect(try api.head() == head)
                }
            }
        }
    }

    @Test(arguments: names)
    func `a field of one line refuses control characters`(member: Member) throws {
        for value in Array(0x01...0x1F) + Array(0x7F...0x9F) {
            let digits = String(value, radix: 16)
            let control = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            let head = try api.head()
            let reply = try api.ask(
                member.method, member.path, member.body.replacing("%", with: "a\(control)b"))
            #expect(reply.slug == "validation", "\(control)")
            #expect(reply.pointers.count == 1)
            #expect(try api.head() == head)
        }
    }

    @Test(arguments: [
        ("javascript:alert(1)", false), ("JavaScript:alert(1)", false), ("data:text/html,x", false),
        ("//evil.example", false), ("x", false), ("", false), (":", false), (" https://a.example", false),
        ("https", false), ("https://a.example", true), ("HTTP://a.example", true), ("slack://channel", true),
        ("mattermost://a", true), ("mailto:a@b.example", true), ("tel:+49", true),
    ])
    func `a link has a scheme that no browser runs`(url: String, isTaken: Bool) throws {
        let link = try api.ask(.patch, Self.one, #"{"links": [{"url": "\#(url)"}]}"#)
        let source = try api.ask(
            .post, "\(Self.one)/timeline",
            #"{"text": "x", "source": {"system": "s", "ref": "r", "url": "\#(url)"}}"#)
        #expect((link.status == 200) == isTaken && (source.status == 201) == isTaken)
        guard !isTaken else { return }
        #expect(link.pointers == ["#/links/0/url"] && source.pointers == ["#/source/url"])
    }

    @Test(arguments: texts)
    func `a text keeps every scalar but NUL`(member: Member) throws {
        let sent = "a\\n\\t\\u001b[31m\\u007f\\u2028\\u202e\\ud83d\\ude00\\ufeff/\\\\\\\""
        let reply = try api.ask(member.method, member.path, member.body.replacing("%", with: sent))
        #expect(reply.status < 300)
        let kept = "a\n\t\u{1B}[31m\u{7F}\u{2028}\u{202E}\u{1F600}\u{FEFF}/\\\""
        let path = member.pointer.dropFirst(2).replacing("/", with: ".")
        #expect(reply.string(String(path)).map { Array($0.utf8) } == Array(kept.utf8))
    }

    @Test func `data has at most 8 KiB, and keeps what was sent`() throws {
        // {"d":"…"} is eight bytes around the text.
        for (count, fits) in [(8_184, true), (8_185, false)] {
            let text = String(repeating: "x", count: count)
            let reply = try api.ask(
                .post, "\(LimitTests.one)/timeline", #"{"text": "x", "data": {"d":  "\#(text)"}}"#)
            #expect((reply.status == 201) == fits, "\(count)")
            #expect(reply.pointers == (fits ? [] : ["#/data"]))
        }
        let deep = String(repeating: "[", count: 29) + String(repeating: "]", count: 29)
        let kept = try api.ask(
            .post, "\(LimitTests.one)/timeline",
            #"{"text": "x", "data": {"n": 1e400, "z": -0, "big": 123456789012345678901234567890, "deep": \#(deep), "confirmed": 1}}"#
        )
        #expect(kept.status == 201, "\(kept.text)")
        #expect(kept["data.n"] == .number("1e400"))
        #expect(kept["data.big"] == .number("123456789012345678901234567890"))
        #expect(kept["data.confirmed"] == .integer(1))
        #expect(try api.ask(.get, "\(LimitTests.one)/timeline/3").status == 200)
    }

    @Test func `an incident has at most fifty labels and fifty links`() throws {
        for (count, fits) in [(50, true), (51, false)] {
            let labels = (1...count).map { "\"k\($0)\": \"v\"" }.joined(separator: ",")
            let links = Array(repeating: #"{"url": "https://x"}"#, count: count).joined(separator: ",")
            for (name, body) in [("labels", "{\(labels)}"), ("links", "[\(links)]")] {
                let reply = try api.ask(.post, "/v1/incidents", "{\(LimitTests.new), \"\(name)\": \(body)}")
                #expect((reply.status == 201) == fits, "\(name)")
                #expect(reply.pointers == (fits ? [] : ["#/\(name)"]))
                let patch = try api.ask(.patch, LimitTests.one, "{\"\(name)\": \(body)}")
                #expect((patch.status == 200) == fits, "\(name)")
            }
        }
        let merged = try api.ask(.patch, LimitTests.one, #"{"labels": {"new": "v"}}"#)
        #expect(merged.pointers == ["#/labels"])
        let swapped = try api.ask(.patch, LimitTests.one, #"{"labels": {"new": "v", "k1": null}}"#)
        #expect(swapped.status == 200)
        #expect(swapped.string("labels.new") == "v")
        #expect(swapped["labels.k1"] == nil)
    }

    @Test func `empty is allowed where it says something: a label, a contact, an impact`() throws {
        let bodies = [#"{"labels": {"a": ""}}"#, #"{"impact": ""}"#, #"{"channel": ""}"#]
        for body in bodies { #expect(try api.ask(.patch, LimitTests.one, body).status == 200, "\(body)") }
        let role = try api.ask(.put, "\(LimitTests.one)/roles/scribe", #"{"person": "x", "contact": ""}"#)
        #expect(role.status == 200)
    }

    @Test func `null clears, absent stays, labels merge by key, lists are replaced`() throws {
        let first = try api.ask(
            .patch, LimitTests.one,
            #"{"impact": "All", "workaround": "None", "labels": {"a": "1", "b": "2"}, "links": [{"url": "tel:u"}], "channel": "c", "#
                + #""next_action": {"text": "x", "owner": "bob"}, "started_at": "2026-01-15T09:00:00Z"}"#)
        #expect(first.status == 200)
        let second = try api.ask(
            .patch, LimitTests.one,
            #"{"impact": null, "labels": {"a": null, "c": "3"}, "links": [], "next_action": null, "started_at": null}"#
        )
        #expect(second["impact"] == .null)
        #expect(second.string("workaround") == "None")
        #expect(second.names("labels") == ["b", "c"])
        #expect(second["links"] == .array([]))
        #expect(second["next_action"] == .null)
        #expect(second["times.started_at"] == .null)
        #expect(second.string("channel") == "c")
    }

    @Test func `a patch of the next action merges its parts, and null drops every label`() throws {
        let one = LimitTests.one
        _ = try api.ask(
            .patch, one,
            #"{"next_action": {"text": "restart", "owner": "bob"}, "labels": {"a": "1", "b": "2"}}"#)
        let text = try api.ask(.patch, one, #"{"next_action": {"text": "fail over"}}"#)
        #expect(text.string("next_action.text") == "fail over")
        #expect(text.string("next_action.owner") == "bob")
        let owner = try api.ask(.patch, one, #"{"next_action": {"owner": null}}"#)
        #expect(owner.string("next_action.text") == "fail over")
        #expect(owner["next_action.owner"] == .null)
        let version = owner.integer("version")
        let same = try api.ask(.patch, one, #"{"next_action": {"text": "fail over"}}"#)
        #expect(same.integer("version") == version)
        let bare = try api.ask(.patch, one, #"{"labels": null}"#)
        #expect(bare.names("labels") == [])
        #expect(bare.integer("version") == (version ?? 0) + 1)
    }
}
