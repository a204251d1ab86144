import HTTP
import Testing

@testable import Routing

/// Parts of routing that need no API.
struct RoutingPartsTests {
    @Test func `what was answered is under way no more`() throws {
        let load = TokenLimiter(inFlightMax: 2)
        #expect(load.begin("a", priority: .ordinary))
        #expect(load.begin("a", priority: .ordinary))
        #expect(!load.begin("a", priority: .ordinary))
        #expect(load.begin("b", priority: .ordinary), "each token has its own")
        #expect(load.begin("a", priority: .critical))
        load.end("a")
        #expect(!load.begin("a", priority: .ordinary), "what got through counts too")
        load.end("a")
        #expect(load.begin("a", priority: .ordinary))
    }

    @Test func `signs of HTML are written so that they are none, even before a combining mark`() {
        #expect(
            ProblemPage.escaped("<a href=\"x\">'&'</a>")
                == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;")
        #expect(ProblemPage.escaped("<\u{301}").utf8.elementsEqual("&lt;\u{301}".utf8))
    }

    @Test func `every status that we have words for is told apart`() {
        let codes = RouteMeter.codes
        #expect(Set(codes).count == codes.count && codes.count <= 32)
        for code in 200...599 where !Status(code).reason.isEmpty { #expect(codes.contains(code), "\(code)") }
    }
}
