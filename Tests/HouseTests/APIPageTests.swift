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
        for type in EventType.all { expect(type.rawValue) }
        for warning in Incident.warnings { expect(warning.code) }
        for payload in Incident.payloads { expect(payload.kind.rawValue) }
        for role in Role.allCases { expect(role.rawValue) }
    }

    /// An `EventSource` hears only the names that it listens to.
    @Test func `the dashboards' page lists every event of a stream`() throws {
        let dashboards = try Repository.text(of: "docs/for-dashboards.md")
        let block = try #require(dashboards.firstRange(of: "const names = ["))
        let list = dashboards[block.upperBound...].prefix { $0 != "]" }
        let listed = list.split(separator: "\"").map(String.init).filter { $0.contains(where: \.isLetter) }
        // Streams have no event of their own for a breach and for the test of a webhook.
        let sent = EventType.all.filter { !["cadence.breached", "endpoint.test"].contains($0.rawValue) }
        #expect(Set(listed) == Set(sent.map(\.rawValue) + ["reset", "bye"]))
    }

    private func expect(_ word: String) {
        #expect(page.contains("`\(word)`"), "docs/api.md does not name \(word)")
    }

    /// The page writes the route of problem pages as `/problems/<slug>`.
    private func isProblem(_ route: Route) -> Bool {
        route.pattern == "/problems/{slug}" && page.contains("`/problems/<slug>`")
    }
}
