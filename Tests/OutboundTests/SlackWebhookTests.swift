import JSON
import Journal
import TestSupport
import Testing

@testable import Outbound

struct SlackWebhookTests {
    private func json(_ notification: Notification) throws -> JSONValue {
        try JSONReader.read(SlackWebhook(notification: notification).body)
    }

    /// Every text of the message, with its type.
    private func texts(_ value: JSONValue) -> [(type: String, text: String)] {
        var found: [(String, String)] = []
        if let text = value["text"]?.text { found.append((value["type"]?.text ?? "text", text)) }
        for member in value.object?.members ?? [] { found += texts(member.value) }
        for item in value.items ?? [] { found += texts(item) }
        return found
    }

    @Test func `a nag's text reads well alone`() throws {
        let text = try #require(try json(Sample.overdue1.notification)["text"]?.text)
        #expect(
            text == """
                INC-42 critical: status update overdue by 7 min, asked of bob (communicator)

                Draft:
                Many people cannot sign in. We have restarted the database and are watching the error rate.

                The next update is due at 10:32 UTC.

                People cannot sign in
                https://drumbeat.example/v1/incidents/INC-42
                """)
    }

    @Test func `blocks have severity, who is asked, when it was due, the draft and a link`() throws {
        let all = texts(try json(Sample.overdue1.notification)).map(\.text)
        for expected in [
            "*Severity*\ncritical", "*Status*\nmitigating", "*Asked*\n<@U7BOB> (communicator)",
            "*Due*\n10:10 UTC", "*Last update*\n09:55 UTC", "```\n\(Sample.draft)```",
            "<https://drumbeat.example/v1/incidents/INC-42|INC-42>: People cannot sign in",
        ] {
            #expect(all.contains(expected), "\(all)")
        }
    }

    @Test func `Slack shows no preview of an address in people's words, which stays as it is`() throws {
        let message = try json(Hostile.notification("see https://a.example/x.png"))
        #expect(message["unfurl_links"] == .bool(false) && message["unfurl_media"] == .bool(false))
        #expect(texts(message).contains { $0.text.contains("see https://a.example/x.png") })
    }

    @Test(arguments: [
        "U1", "u7bob", "U7bob", "T7BOB", "U7BOB>", "U" + String(repeating: "A", count: 21), "", "!here",
    ])
    func `a handle that is no member id mentions no one`(handle: String) throws {
        var notification = Sample.overdue1.notification
        notification.asked = [.init(person: "bob", role: "communicator", handles: ["slack": handle])]
        let all = texts(try json(notification)).map(\.text)
        #expect(all.contains("*Asked*\nbob (communicator)"), "\(all)")
        #expect(!all.contains { $0.contains("<@") || $0.contains("<!") })
    }

    /// Slack's markup is in angle brackets, of which people's words have none left; the only ones are the link and members' ids.
    private func expectInert(_ value: JSONValue, _ what: String) {
        for (_, text) in texts(value) {
            var rest = text.replacing("<https://drumbeat.example/v1/incidents/INC-42|INC-42>", with: "")
            if let fence = rest.wholeMatch(of: #/```\n([\s\S]*)\n```/#) { rest = String(fence.1) }
            #expect(!rest.contains { "<>".contains($0) }, "\(what): \(rest.prefix(200))")
            let entities = rest.replacing(#/&(amp|lt|gt);/#, with: "")
            #expect(!entities.contains("&"), "\(what): \(rest.prefix(200))")
            #expect(!rest.contains("```") && !rest.contains("](") && !rest.contains("]["), "\(what)")
            #expect(!rest.contains(#/@(everyone|here|channel|all)/#), "\(what): \(rest.prefix(200))")
            #expect(
                !rest.unicodeScalars.contains {
                    $0 != "\n" && $0 != "\u{200B}"
                        && ($0.isHidingOrControl)
                }, "\(what): \(rest.prefix(200))")
        }
    }

    @Test func `nothing that people write is markup, a link or a mention`() throws {
        expectInert(try json(Hostile.notification()), "hostile")
        for scalar in (1...0xFF).compactMap(Unicode.Scalar.init) {
            expectInert(
                try json(Hostile.notification("a\(scalar)[\(scalar)](\(scalar)``\(scalar)`")),
                "\(scalar.value)")
        }
    }

    @Test(arguments: Hostile.long + Hostile.huge)
    func `long texts are cut to what Slack and Discord take, between characters`(words: String) throws {
        let message = try json(Hostile.notification(words))
        expectInert(message, String(words.prefix(4)))
        let text = try #require(message["text"]?.text)
        #expect(text.utf16.count <= 1_900 && text.utf16.count > 1_700, "\(text.utf16.count)")
        #expect(text.hasSuffix("https://drumbeat.example/v1/incidents/INC-42"))
        for block in try #require(message["blocks"]?.items) {
            let max = block["type"]?.text == "header" ? 150 : 3_000
            for (_, text) in texts(block) { #expect(text.utf16.count <= max && !text.isEmpty) }
            for field in block["fields"]?.items ?? [] {
                #expect((field["text"]?.text ?? "").utf16.count <= 2_000)
            }
        }
        #expect(SlackWebhook(notification: Hostile.notification(words)).body.count < 50_000)
    }

    @Test func `a short text keeps its emoji, and a cut one ends with a whole one`() {
        #expect("a👩🏽b".cut(to: 6, .chat) == "a👩🏽b")
        #expect("a👩🏽b".cut(to: 5, .chat) == "a…")
        #expect("&amp;&lt;".cut(to: 8, .chat) == "&amp;…")
        #expect("&amp;".cut(to: 4, .chat) == "…")
        #expect("éé".cut(to: 3, .bytes) == "…")
        #expect("ab".cut(to: 0, .bytes) == "")
    }

    @Test func `a link that would end early is left out`() throws {
        for link in [
            "", "https://a.example/|x", "https://a.example/ x",
            "https://a.example/" + String(repeating: "a", count: 600),
        ] {
            var notification = Sample.overdue1.notification
            notification.link = link
            let all = texts(try json(notification)).map(\.text)
            #expect(all.contains("INC-42: People cannot sign in"), "\(all)")
        }
        var notification = Sample.overdue1.notification
        notification.link = "https://a.example/?a=1&b=<2>"
        #expect(
            texts(try json(notification)).contains {
                $0.text.contains("<https://a.example/?a=1&amp;b=&lt;2&gt;|INC-42>")
            })
    }
}

extension Unicode.Scalar {
    /// What must not reach a reader as it is.
    var isHidingOrControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default:
            [0xAD, 0x061C, 0x2800, 0x3164, 0xFEFF].contains(value) || (0x200B...0x200F).contains(value)
                || (0x202A...0x202E).contains(value) || (0xE0000...0xE007F).contains(value)
        }
    }
}
