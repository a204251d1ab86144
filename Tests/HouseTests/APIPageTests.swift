import Incidents
import Journal
import Model
import Routing
import ServiceSupport
import Testing

/// docs/api.md names everything that clients can meet.
struct APIPageTests {
    private let page: String

    init() throws {
        page = try Repository.text(of: "docs/api.md")
    }

    @Test func `the API's page names every route`() {
        #expect(!Route.all.isEmpty)
        for route in Route.all {
            let whole = "\(route.method.rawValue) \(route.pattern)"
            let short = whole.replacing("/v1/incidents/{ref}/", with: "…/")
            let isNamed = page.contains("`\(whole)`") || page.contains("`\(short)`") || isProblem(route)
            #expect(isNamed, "docs/api.md does not name \(whole)")
        }
    }

    @Test func `the API's page names every event that is sent, every warning and every kind of entry`() {
        for type in EventType.all where !type.summary.contains("not sent yet") { expect(type.rawValue) }
        for warning in Incident.warnings { expect(warning.code) }
        for payload in Incident.payloads { expect(payload.kind.rawValue) }
        for role in Role.allCases { expect(role.rawValue) }
    }

    private func expect(_ word: String) {
        #expect(page.contains("`\(word)`"), "docs/api.md does not name \(word)")
    }

    /// The page writes the route of problem pages as `/problems/<slug>`.
    private func isProblem(_ route: Route) -> Bool {
        route.pattern == "/problems/{slug}" && page.contains("`/problems/<slug>`")
    }
}
