@testable import API
@testable import Routing
import HTTP
import Model
import ServiceSupport
import Testing

/// The pages under `/problems`: words for `curl`, HTML for a browser.
struct ProblemPageTests {
    private static let browser = ["Accept": "text/html,application/xhtml+xml,*/*;q=0.8"]

    let api: TestAPI

    init() throws { api = try TestAPI() }

    @Test(arguments: ProblemType.all)
    func `a page says what it means, what to do, and shows one`(type: ProblemType) throws {
        let plain = try api.ask(.get, "/problems/\(type.slug)", token: nil)
        #expect(plain.status == 200)
        #expect(plain.field("Content-Type") == "text/plain; charset=utf-8")
        #expect(plain.field("Vary") == "Accept")
        for part in [
            "What it means", type.meaning, "What to do", type.remedy,
            "\"type\": \"/problems/\(type.slug)\"",
        ] {
            #expect(plain.text.contains(part), "\(type.slug) lacks \(part)")
        }
        let html = try api.ask(
            .get, "/problems/\(type.slug)", nil, token: nil, ProblemPageTests.browser)
        #expect(html.field("Content-Type") == "text/html; charset=utf-8")
        #expect(html.text.contains(ProblemPage.escaped(type.remedy)))
        #expect(html.field("ETag") != plain.field("ETag"))
    }

    @Test func `a browser is told to load nothing and to show it in no frame`() throws {
        let html = try api.ask(.get, "/problems", nil, token: nil, ProblemPageTests.browser)
        #expect(
            html.field("Content-Security-Policy")
                == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        #expect(html.field("Referrer-Policy") == "no-referrer")
        #expect(html.field("Cross-Origin-Opener-Policy") == "same-origin")
        #expect(html.field("Cross-Origin-Resource-Policy") == "same-origin")
    }

    @Test func `the list names every problem`() throws {
        let plain = try api.ask(.get, "/problems", token: nil)
        let html = try api.ask(.get, "/problems", nil, token: nil, ProblemPageTests.browser)
        for type in ProblemType.all {
            #expect(plain.text.contains("\(type.status) \(type.slug): \(type.title)"))
            #expect(html.text.contains("<a href=\"/problems/\(type.slug)\">"))
        }
    }
}
