import HTTP
import Testing

struct TargetTests {
    @Test(arguments: [
        ("/", []), ("/a", ["a"]), ("/a/", ["a", ""]), ("//", ["", ""]), ("/a//b", ["a", "", "b"]),
        ("/%41%20%c3%a9", ["A é"]), ("/a+b", ["a+b"]), ("/%25", ["%"]), ("http://a/b", ["b"]),
        ("http://a", []),
    ])
    func `a path is split, then decoded once`(_ text: String, _ path: [String]) throws {
        #expect(try Target(text).path == path)
    }

    @Test(arguments: [
        ("/", ""), ("/?", ""), ("/?a", "a="), ("/?a=", "a="), ("/?a=b=c", "a=b=c"), ("/?a=1&a=2", "a=1;a=2"),
        ("/?a+b=c+d", "a b=c d"), ("/?a=%2B", "a=+"), ("/?%26=%3D", "&=="), ("/?&&a&", "a="), ("/?=b", "=b"),
        ("/?a=%c3%a9", "a=é"),
    ])
    func `a query keeps its items in order`(_ text: String, _ expected: String) throws {
        let items = try Target(text).query
        #expect(items.map { $0.name + "=" + $0.value }.joined(separator: ";") == expected)
    }

    @Test(arguments: [
        ("/a%41/b?c=d", "/a%41/b", "/a%41/b?c=d"), ("http://a/b?c", "/b", "/b?c"), ("http://a", "/", "/"),
        ("http://a?b", "/", "/?b"), ("/", "/", "/"),
    ])
    func `what was sent is kept as it was sent`(_ text: String, _ rawPath: String, _ digestTarget: String)
        throws
    {
        let target = try Target(text)
        #expect(target.rawPath == rawPath)
        #expect(Request(method: .get, target: target).digestTarget == digestTarget)
    }

    @Test func `a malformed target is refused with its clause`() {
        let fault = #expect(throws: HTTPError.self) { try Target("/%2f") }
        #expect(fault?.slug == "malformed-request")
        #expect(fault?.clause == "RFC 3986 §7.3")
        #expect(throws: HTTPError.self) { try Target("") }
    }
}
