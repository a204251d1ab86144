import HTTP
import ServiceSupport
import Testing

/// What a timeline is asked for: order, bounds, kinds, author, source.
struct TimelineTests {
    private static let path = "/v1/incidents/INC-1/timeline"

    let api: TestAPI

    /// Entries 1 to 9: the declaration, then one of each by bob and carol.
    init() throws {
        api = try TestAPI()
        try api.declare()
        for (index, kind) in ["note", "finding", "note", "decision", "hypothesis", "note", "finding", "todo"]
            .enumerated()
        {
            let author = ["bob", "@Bob", "carol"][index % 3]
            let source = index == 3 ? #", "source": {"system": "slack", "ref": "C9:17"}"# : ""
            try api.ask(
                .post, TimelineTests.path,
                #"{"text": "\#(index + 2)", "kind": "\#(kind)", "author": "\#(author)"\#(source)}"#)
        }
    }

    private func seqs(_ query: String) throws -> [String] {
        let reply = try api.ask(.get, "\(TimelineTests.path)?\(query)")
        #expect(reply.status == 200, "\(query): \(reply.text)")
        return reply.items("seq")
    }

    @Test func `both orders have every entry once, page by page`() throws {
        for (order, expected) in [("asc", Array(1...9)), ("desc", (1...9).reversed())] {
            for cursor in order == "asc" ? ["after"] : ["after", "before"] {
                var (seen, query) = ([String](), "")
                for _ in 1...5 {
                    let reply = try api.ask(.get, "\(TimelineTests.path)?order=\(order)&limit=2\(query)")
                    seen += reply.items("seq")
                    guard let next = reply.string("next") else { break }
                    #expect(next == seen.last)
                    #expect(reply.field("Link")?.contains("order=\(order)&limit=2") == true)
                    query = "&\(cursor)=\(next)"
                }
                #expect(seen == expected.map { String($0) }, "\(order) \(cursor)")
            }
        }
    }

    @Test func `the last page has no next, in either order`() throws {
        #expect(try api.ask(.get, "\(TimelineTests.path)?order=desc&limit=9")["next"] == .null)
        #expect(try api.ask(.get, "\(TimelineTests.path)?order=desc&limit=8").string("next") == "2")
        #expect(try api.ask(.get, "\(TimelineTests.path)?before=4&limit=3")["next"] == .null)
        #expect(try api.ask(.get, "\(TimelineTests.path)?before=4&limit=2").string("next") == "2")
    }

    @Test func `after and before bound what is read`() throws {
        #expect(try seqs("after=3&before=7") == ["4", "5", "6"])
        #expect(try seqs("after=3&before=4") == [])
        #expect(try seqs("before=1") == [])
        #expect(try seqs("order=desc&before=4") == ["3", "2", "1"])
        #expect(try seqs("order=desc&before=9&after=4") == ["3", "2", "1"])
        #expect(try seqs("order=desc&after=0&limit=1") == ["9"])
    }

    @Test func `several kinds are joined by commas or repeated`() throws {
        #expect(try seqs("kind=note,finding") == ["2", "3", "4", "7", "8"])
        #expect(try seqs("kind=note&kind=finding") == ["2", "3", "4", "7", "8"])
        #expect(try seqs("kind=todo,declared&order=desc") == ["9", "1"])
        #expect(try seqs("kind=note,note") == ["2", "4", "7"])
    }

    @Test func `an author is the person, however the name was written`() throws {
        #expect(try seqs("author=bob") == ["2", "3", "5", "6", "8", "9"])
        #expect(try seqs("author=%40BOB&kind=note") == ["2"])
        #expect(try seqs("author=nobody") == [])
        #expect(try seqs("author=carol&order=desc&limit=1") == ["7"])
    }

    @Test func `a message of another system is found by its source`() throws {
        #expect(try seqs("source=slack:C9:17") == ["5"])
        #expect(try seqs("source=slack:C9:17&order=desc") == ["5"])
        #expect(try seqs("source=slack:C9:17&kind=note") == [])
        #expect(try seqs("source=slack:C9:18") == [])
        #expect(try seqs("source=Slack:C9:17") == ["5"], "a system in any case")
    }

    @Test(arguments: [
        ("order", "up"), ("order", ""), ("before", "0"), ("before", "x"), ("kind", "note,"),
        ("kind", "note,x"),
        ("author", ""), ("author", "%40%40bob"), ("source", "slack"), ("source", ":x"), ("source", ""),
    ])
    func `what is none is refused by name`(name: String, value: String) throws {
        let reply = try api.ask(.get, "\(TimelineTests.path)?\(name)=\(value)")
        #expect(reply.slug == "invalid-parameter")
        #expect(reply.string("detail")?.hasPrefix("\(name): ") == true, "\(reply.text)")
    }

    @Test(arguments: ["order=desc", "before=9", "order=desc&before=9"])
    func `a wait is for later entries alone`(query: String) throws {
        let reply = try api.ask(.get, "\(TimelineTests.path)?after=9&\(query)&wait=5")
        #expect(reply.slug == "invalid-parameter")
        #expect(reply.string("detail")?.hasPrefix("wait: ") == true, "\(reply.text)")
        #expect(try api.ask(.get, "\(TimelineTests.path)?\(query)&wait=0").status == 200)
    }

    @Test func `a wait ends with the first entry of its kinds, author and source`() throws {
        let query = "after=9&kind=note,finding&author=bob&source=slack:C9:18&wait=55"
        let poll = try api.begin("\(TimelineTests.path)?\(query)")
        for (kind, author, ref) in [
            ("todo", "bob", "C9:20"), ("note", "carol", "C9:19"), ("finding", "Bob", "C9:18"),
        ] {
            #expect(api.longPolls.count == 1)
            try api.ask(
                .post, TimelineTests.path,
                #"{"text": "x", "kind": "\#(kind)", "author": "\#(author)", "source": {"system": "slack", "ref": "\#(ref)"}}"#
            )
        }
        #expect(Reply(try #require(poll.wait(within: TestAPI.limit))).items("seq") == ["12"])
    }
}
