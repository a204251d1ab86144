import HTTP
import Incidents
import Journal
import JSON
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// What is said of an entry later: confirmations and corrections (domain.md, section 5).
struct AmendmentTests {
    private let api: TestAPI
    private let one = "/v1/incidents/INC-1"

    init() throws {
        api = try TestAPI()
        try api.declare()
    }

    /// Posts an entry of a kind and answers its path.
    private func post(_ kind: String, _ text: String = "x", _ rest: String = "") throws -> String {
        let reply = try api.ask(
            .post, "\(one)/timeline", #"{"text": "\#(text)", "kind": "\#(kind)"\#(rest)}"#, token: .post)
        try #require(reply.status == 201, "\(reply.text)")
        return "\(one)/timeline/\(try #require(reply.integer("seq")))"
    }

    private func confirm(_ path: String, _ body: String) throws -> Reply {
        try api.ask(.post, "\(path)/confirmation", body, token: .post)
    }

    private func correct(_ path: String, _ body: String) throws -> Reply {
        try api.ask(.post, "\(path)/correction", body, token: .post)
    }

    private func draft(_ audience: String) throws -> Reply {
        try api.ask(
            .get, "\(one)/status-updates/draft?template=update&audience=\(audience)", nil,
            ["Accept": "application/json"])
    }

    // MARK: Confirmations

    @Test(arguments: [
        ("finding", #"{"confirmed": true}"#, "confirmed", JSONValue.bool(true)),
        ("hypothesis", #"{"state": "ruled_out"}"#, "state", .string("ruled_out")),
        ("hypothesis", #"{"state": "confirmed"}"#, "state", .string("confirmed")),
        ("todo", #"{"state": "done"}"#, "state", .string("done")),
        ("todo", #"{"state": "dropped"}"#, "state", .string("dropped")),
        ("change", #"{"complete": false}"#, "complete", .bool(false)),
    ])
    func `a confirmation says what became of an entry, and the same again adds nothing`(
        kind: String, body: String, member: String, value: JSONValue
    ) throws {
        let path = try post(kind)
        let before = try api.ask(.get, path)
        #expect(before["became"] == .null)
        let reply = try confirm(path, body)
        #expect(reply.status == 201)
        #expect(reply.field("Location") == "\(one)/timeline/3")
        #expect(reply.string("kind") == "confirmation")
        #expect(reply.string("visibility") == "internal")
        let read = try api.ask(.get, path)
        #expect(read.integer("became.seq") == 3)
        #expect(read.string("became.visibility") == "internal")
        #expect(read["became.\(member)"] == value)
        #expect(read.names("became") == ["seq", "visibility", member])
        #expect(read.field("ETag") != before.field("ETag"))
        #expect(try api.ask(.get, path, nil, ["If-None-Match": before.field("ETag") ?? ""]).status == 200)
        let head = try api.head()
        let again = try confirm(path, body)
        #expect(again.status == 200)
        #expect(again.body == reply.body)
        #expect(try api.head() == head)
    }

    @Test(arguments: [
        ("finding", #"{"complete": true}"#), ("finding", #"{"state": "confirmed"}"#),
        ("hypothesis", #"{"state": "done"}"#), ("hypothesis", #"{"confirmed": true}"#),
        ("change", #"{"confirmed": true}"#), ("todo", #"{"state": "ruled_out"}"#),
        ("note", #"{"confirmed": true}"#), ("decision", #"{"state": "done"}"#),
        ("finding", #"{"confirmed": false}"#), ("finding", "{}"), ("finding", #"{"visibility": "internal"}"#),
        ("finding", #"{"confirmed": true, "complete": true}"#), ("finding", #"{"confirmed": true, "x": 1}"#),
    ])
    func `a member of another kind, or none, is refused`(kind: String, body: String) throws {
        let path = try post(kind)
        let head = try api.head()
        let reply = try confirm(path, body)
        #expect(reply.slug == "validation", "\(reply.text)")
        #expect(try api.head() == head)
    }

    @Test func `a refusal points to the member, and null is as good as absent`() throws {
        let path = try post("hypothesis")
        #expect(try confirm(path, #"{"state": "done"}"#).pointers == ["#/state"])
        #expect(try confirm(path, #"{"confirmed": true}"#).pointers == ["#/confirmed"])
        #expect(try confirm(path, #"{"complete": false}"#).pointers == ["#/complete"])
        #expect(try confirm(path, #"{"state": "open"}"#).pointers == ["#/state"])
        #expect(try confirm(path, #"{"visibility": "publik"}"#).pointers == ["#/visibility"])
        let nulls = #"{"confirmed": null, "complete": null, "visibility": null, "state": null}"#
        #expect(try confirm(path, nulls).pointers == ["#"])
        #expect(
            try confirm(path, nulls.replacing("\"state\": null", with: "\"state\": \"ruled_out\"")).status
                == 201)
    }

    @Test func `what the service wrote has no confirmation, and what is not there is not found`() throws {
        #expect(try confirm("\(one)/timeline/1", #"{"visibility": "public"}"#).slug == "validation")
        for seq in ["2", "99", "0", "01", "x", "99999999999999999999", "-1"] {
            #expect(
                try confirm("\(one)/timeline/\(seq)", #"{"confirmed": true}"#).slug == "not-found", "\(seq)")
            #expect(try correct("\(one)/timeline/\(seq)", #"{"text": "x"}"#).slug == "not-found", "\(seq)")
        }
        #expect(
            try confirm("/v1/incidents/INC-9/timeline/1", #"{"confirmed": true}"#).slug == "not-found")
    }

    @Test func `what was posted as confirmed is confirmed, and shown as it was posted`() throws {
        let path = try post("finding", "x", #", "data": {"confirmed": true}"#)
        let reply = try confirm(path, #"{"confirmed": true}"#)
        #expect(reply.status == 200)
        #expect(reply.integer("seq") == 2)
    }

    @Test func `drafts quote a finding from its confirmation on, and the public's once it is public`() throws
    {
        let path = try post("finding", "The pool was exhausted")
        #expect(try draft("internal").string("text")?.contains("pool") == false)
        #expect(try confirm(path, #"{"confirmed": true}"#).status == 201)
        #expect(try draft("internal").string("text")?.contains("The pool was exhausted") == true)
        #expect(try draft("public").string("text")?.contains("pool") == false)
        let published = try confirm(path, #"{"visibility": "public"}"#)
        #expect(published.string("visibility") == "public")
        let shown = try draft("public")
        #expect(shown.string("text")?.contains("The pool was exhausted") == true)
        #expect(shown["used_seqs"] == .array([.integer(2)]))
        #expect(try api.ask(.get, path).string("visibility") == "internal")
    }

    @Test func `what is said already is answered by the entry that says it`() throws {
        let path = try post("finding")
        #expect(try confirm(path, #"{"confirmed": true}"#).integer("seq") == 3)
        #expect(try confirm(path, #"{"visibility": "public"}"#).integer("seq") == 4)
        #expect(try confirm(path, #"{"confirmed": true}"#).integer("seq") == 3)
        #expect(try confirm(path, #"{"visibility": "public"}"#).integer("seq") == 4)
        #expect(try confirm(path, #"{"confirmed": true, "visibility": "public"}"#).status == 200)
        #expect(try api.ask(.get, path).integer("became.seq") == 4)
    }

    @Test func `a change that was not complete after all is quoted no more`() throws {
        let path = try post("change", "Rolled back 2.14")
        #expect(try draft("internal").string("text")?.contains("Rolled back") == true)
        #expect(try confirm(path, #"{"complete": false}"#).status == 201)
        #expect(try draft("internal").string("text")?.contains("Rolled back") == false)
        #expect(try confirm(path, #"{"complete": true}"#).status == 201)
        #expect(try draft("internal").string("text")?.contains("Rolled back") == true)
    }

    @Test func `the filter goes by the visibility in force`() throws {
        let path = try post("note", "seen by all")
        _ = try post("note", "seen by us")
        #expect(try correct(path, #"{"text": "seen by everybody"}"#).string("visibility") == "internal")
        func seqs(_ visibility: String) throws -> [String] {
            try api.ask(.get, "\(one)/timeline?visibility=\(visibility)").items("seq")
        }
        #expect(try seqs("public") == [])
        #expect(try confirm(path, #"{"visibility": "public"}"#).status == 201)
        #expect(try seqs("public") == ["2", "4", "5"])
        #expect(try seqs("internal") == ["1", "3"])
    }

    @Test func `a draft is stale after a confirmation or a correction that its audience may know`() throws {
        let path = try post("finding", "x", #", "visibility": "public""#)
        let internalPath = try post("finding", "y")
        func publish(_ basis: Int, _ audience: String) throws -> Reply {
            try api.ask(
                .post, "\(one)/status-updates",
                #"{"text": "t \#(basis)", "basis_seq": \#(basis), "audience": "\#(audience)"}"#)
        }
        #expect(try confirm(internalPath, #"{"confirmed": true}"#).integer("seq") == 4)
        #expect(try publish(3, "internal").slug == "stale-draft")
        #expect(try publish(3, "public").status == 201)
        #expect(try confirm(path, #"{"confirmed": true}"#).integer("seq") == 6)
        let stale = try publish(5, "public")
        #expect(stale.slug == "stale-draft")
        #expect(stale.integer("current.entries.0.seq") == 6)
        #expect(try correct(path, #"{"text": "z"}"#).integer("seq") == 7)
        #expect(try publish(6, "public").slug == "stale-draft")
        #expect(try correct(path, #"{"text": "z", "withdraws": true}"#).integer("seq") == 8)
        #expect(try publish(7, "public").slug == "stale-draft")
        #expect(try publish(8, "public").status == 201)
    }

    // MARK: Corrections

    @Test func `a correction stands beside the old words, and drafts quote the last one`() throws {
        let path = try post("finding", "errors began at 10:02", #", "data": {"confirmed": true}"#)
        let first = try correct(path, #"{"text": "errors began at 10:05"}"#)
        #expect(first.status == 201)
        #expect(first.string("text") == "errors began at 10:05")
        #expect(first.integer("data.of") == 2)
        #expect(try correct(path, #"{"text": "errors began at 10:06"}"#).integer("seq") == 4)
        let read = try api.ask(.get, path)
        #expect(read.string("text") == "errors began at 10:02")
        #expect(read.integer("corrections.0.seq") == 3)
        #expect(read.string("corrections.1.text") == "errors began at 10:06")
        #expect(read["corrections.1.withdraws"] == .bool(false))
        #expect(read["became"] == .null)
        let list = try api.ask(.get, "\(one)/timeline")
        #expect(list.names("items.1") == read.names())
        #expect(list["items.1.corrections"] == read["corrections"])
        #expect(list["items.2.corrections"] == .array([]))
        let text = try #require(try draft("internal").string("text"))
        #expect(text.contains("10:06") && !text.contains("10:02") && !text.contains("10:05"))
    }

    @Test func `a correction before the confirmation is quoted too`() throws {
        let path = try post("finding", "old words")
        #expect(try correct(path, #"{"text": "new words"}"#).status == 201)
        #expect(try confirm(path, #"{"confirmed": true}"#).status == 201)
        let text = try #require(try draft("internal").string("text"))
        #expect(text.contains("new words") && !text.contains("old words"))
    }

    @Test func `what was withdrawn is quoted no more, and cannot be confirmed`() throws {
        let path = try post("finding", "the copy ends at 05:00", #", "data": {"confirmed": true}"#)
        #expect(try correct(path, #"{"text": "it does not", "withdraws": true}"#).status == 201)
        let text = try #require(try draft("internal").string("text"))
        #expect(!text.contains("05:00") && !text.contains("it does not"))
        let refused = try confirm(path, #"{"confirmed": true}"#)
        #expect(refused.slug == "validation")
        #expect(refused.string("detail")?.contains("withdrawn by entry 3") == true)
        // An edit that arrives late does not bring it back.
        for body in [#"{"text": "back again"}"#, #"{"text": "another reason", "withdraws": true}"#] {
            #expect(try correct(path, body).string("detail")?.contains("withdrawn by entry 3") == true)
        }
        #expect(try correct(path, #"{"text": "it does not", "withdraws": true}"#).integer("seq") == 3)
    }

    @Test func `nags, confirmations and corrections cannot be corrected, anything else can`() throws {
        let path = try post("finding")
        #expect(try confirm(path, #"{"confirmed": true}"#).integer("seq") == 3)
        #expect(try correct(path, #"{"text": "y"}"#).integer("seq") == 4)
        try api.pass(.seconds(600))
        let nag = try #require(try api.ask(.get, "\(one)/timeline?kind=nag_sent").integer("items.0.seq"))
        for seq in [3, 4, nag] {
            let refused = try correct("\(one)/timeline/\(seq)", #"{"text": "z"}"#)
            #expect(refused.slug == "validation", "\(seq)")
            #expect(refused.string("detail")?.contains("cannot be corrected") == true)
        }
        #expect(try correct("\(one)/timeline/1", #"{"text": "declared by eve"}"#).status == 201)
        #expect(
            try api.ask(.post, "\(one)/status-updates", #"{"text": "We look into it."}"#).status == 201)
        let update = try #require(try api.ask(.get, "\(one)/status-updates").integer("items.0.seq"))
        #expect(try correct("\(one)/timeline/\(update)", #"{"text": "We fixed it."}"#).status == 201)
        let list = try api.ask(.get, "\(one)/status-updates")
        #expect(list.string("items.0.corrections.0.text") == "We fixed it.")
    }

    @Test func `an edited chat message is a correction in one call`() throws {
        func message(_ text: String, _ rest: String = "") throws -> Reply {
            try api.ask(
                .post, "\(one)/timeline",
                #"{"text": "\#(text)", "source": {"system": "slack", "ref": "C9/1"}\#(rest)}"#, token: .post)
        }
        let first = try message("tpyo", #", "replaces": true"#)
        #expect(first.status == 201 && first.string("kind") == "note")
        let differs = try message("typo")
        #expect(differs.status == 200)
        #expect(differs.string("warnings.0.code") == "text_differs")
        let edited = try message("typo", #", "replaces": true"#)
        #expect(edited.status == 201 && edited.string("kind") == "correction")
        let again = try message("typo", #", "replaces": true"#)
        #expect(again.status == 200 && again.integer("seq") == edited.integer("seq"))
        #expect(try message("tpyo", #", "replaces": true"#).status == 201)
        #expect(try api.ask(.get, "\(one)/timeline/2")["corrections"]?.items?.count == 2)
        for more in [#", "kind": "finding""#, #", "visibility": "public""#] {
            let ignored = try message("more", ##", "replaces": true"## + more)
            #expect(ignored.warnings == ["only_text_replaced"])
            #expect(try message("tpyo", #", "replaces": true"#).warnings == [])
        }
        #expect(try confirm("\(one)/timeline/2", #"{"visibility": "public"}"#).status == 201)
        let leak = try message("for us", #", "replaces": true, "visibility": "internal""#)
        #expect(leak.pointers == ["#/visibility"])
        #expect(try message("for all", #", "replaces": true"#).string("visibility") == "public")
        let lost = try api.ask(.post, "\(one)/timeline", #"{"text": "x", "replaces": true}"#)
        #expect(lost.pointers == ["#/replaces"])
    }

    @Test func `a key's repeat and the stream show an entry as it was first answered`() throws {
        let key = ["Idempotency-Key": "k-1"]
        let body = #"{"text": "x", "kind": "finding"}"#
        let first = try api.ask(.post, "\(one)/timeline", body, key)
        #expect(try confirm("\(one)/timeline/2", #"{"confirmed": true}"#).status == 201)
        let again = try api.ask(.post, "\(one)/timeline", body, key)
        #expect(again.field("Idempotency-Replayed") == "true")
        #expect(again.body == first.body)
        let corrected = try api.ask(
            .post, "\(one)/timeline/2/correction", #"{"text": "y"}"#, ["Idempotency-Key": "k-2"])
        let repeated = try api.ask(
            .post, "\(one)/timeline/2/correction", #"{"text": "y"}"#, ["Idempotency-Key": "k-2"])
        #expect(corrected.body == repeated.body && repeated.status == 201)
    }

    @Test func `updates, the newest first, end early as well, and go on where they ended`() throws {
        for index in 0..<6 {
            let update = try api.ask(.post, "\(one)/status-updates", #"{"text": "u\#(index)"}"#)
            let path = "\(one)/timeline/\(try #require(update.integer("seq")))"
            for round in 0..<50 { #expect(try correct(path, #"{"text": "y\#(round)"}"#).status == 201) }
        }
        let page = try api.ask(.get, "\(one)/status-updates?limit=200")
        #expect(page.items("text") == ["u5", "u4", "u3", "u2", "u1"])
        let next = try #require(page.string("next"))
        let rest = try api.ask(.get, "\(one)/status-updates?limit=200&after=\(next)")
        #expect(rest.items("text") == ["u0"])
        #expect(rest["items.0.corrections"]?.items?.count == 50)
        #expect(rest["next"] == .null)
    }

    @Test func `a page of long entries ends at a mebibyte, and goes on where it ended`() throws {
        let long = String(repeating: #"\u0001"#, count: 16_384)
        for _ in 0..<12 { _ = try correct(post("note", long), #"{"text": "\#(long)"}"#) }
        var (after, pages, seqs) = ("0", 0, [String]())
        while true {
            let page = try api.ask(.get, "\(one)/timeline?limit=200&kind=note&after=\(after)")
            #expect(page.body.count < 1_300_000)
            seqs += page.items("seq")
            pages += 1
            guard let next = page.string("next") else { break }
            #expect(next == seqs.last)
            after = next
        }
        #expect(pages == 2)
        #expect(seqs.count == 12 && Set(seqs).count == 12)
    }

    @Test func `an entry takes fifty of them, and a page of many ends early`() throws {
        let paths = try (0..<6).map { try post("finding", "x\($0)") }
        for path in paths {
            for round in 0..<50 { #expect(try correct(path, #"{"text": "y\#(round)"}"#).status == 201) }
            let full = try correct(path, #"{"text": "one more"}"#)
            #expect(full.slug == "validation")
            #expect(try correct(path, #"{"text": "y49"}"#).status == 200)
        }
        // A withdrawal has room when nothing else has.
        #expect(try correct(paths[5], #"{"text": "it was not so", "withdraws": true}"#).status == 201)
        #expect(try correct(paths[5], #"{"text": "nor that", "withdraws": true}"#).slug == "validation")
        // What is read in one look, one less, and one more.
        for (limit, last) in [(4, "5"), (5, "6"), (6, "6")] {
            #expect(
                try api.ask(.get, "\(one)/timeline?limit=\(limit)&kind=finding").items("seq").last == last)
        }
        let page = try api.ask(.get, "\(one)/timeline?limit=200&kind=finding")
        #expect(page["items"]?.items?.count == 5)
        #expect(page.string("next") == "6")
        let rest = try api.ask(.get, "\(one)/timeline?limit=200&kind=finding&after=6")
        #expect(rest["items"]?.items?.count == 1)
        #expect(rest["items.0.corrections"]?.items?.count == 51)
    }
}
