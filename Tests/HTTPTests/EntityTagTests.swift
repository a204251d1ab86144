import HTTP
import Testing

struct EntityTagTests {
    @Test(arguments: [
        ("\"a\"", true), ("W/\"a\"", true), ("*", true), ("\"b\", \"a\"", true), ("\"b\",W/\"a\"", true),
        (" , \"a\" ,", true), ("\"A\"", false), ("\"b\"", false), ("a", false), ("\"a", false),
        ("w/\"a\"", false),
        ("\"a\" \"b\"", false), ("", false), ("*, \"a\"", false), ("\"a\"b", false), ("\"a\", b", false),
        ("\"a,b\"", false), ("\"e\u{301}\"", false),
    ])
    func `a client's copy is right when any tag is equal but for weakness`(_ value: String, _ expected: Bool)
    {
        #expect(EntityTag.matches(ifNoneMatch: value, tag: EntityTag.strong("a")) == expected)
    }

    @Test(arguments: [
        ("\"a\"", true), ("*", true), ("\"b\", \"a\"", true), ("W/\"a\"", false), ("\"b\", W/\"a\"", false),
        ("a", false), ("\"a\" x", false),
    ])
    func `a change goes on when a strong tag is equal`(_ value: String, _ expected: Bool) {
        #expect(EntityTag.matches(ifMatch: value, tag: EntityTag.strong("a")) == expected)
    }

    @Test func `a weak tag of ours matches weakly only`() {
        #expect(EntityTag.matches(ifNoneMatch: "\"a\"", tag: "W/\"a\""))
        #expect(!EntityTag.matches(ifMatch: "\"a\"", tag: "W/\"a\""))
        #expect(!EntityTag.matches(ifMatch: "W/\"a\"", tag: "W/\"a\""))
    }

    @Test func `a list is parsed or refused as a whole`() {
        let tags = EntityTag.parseList("\"a,b\", W/\"\"")
        #expect(tags?.map(\.isWeak) == [false, true])
        #expect(tags?.map(\.opaque) == [Array("a,b".utf8), []])
        #expect(EntityTag.parseList("\"a\", \"b") == nil)
        #expect(
            EntityTag.parseList(Array(repeating: "\"a\"", count: 100).joined(separator: ","))?.count == 100)
        #expect(EntityTag.parseList(Array(repeating: "\"a\"", count: 101).joined(separator: ",")) == nil)
    }

    @Test func `tags are bytes, not characters`() {
        #expect(!EntityTag.matches(ifNoneMatch: "\"e\u{301}\"", tag: "\"é\""))
    }
}
