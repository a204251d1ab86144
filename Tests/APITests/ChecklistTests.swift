import HTTP
import Incidents
import ServiceSupport
import Testing
import Time

/// The checklist over HTTP.
struct ChecklistTests {
    private let api: TestAPI

    init() throws { api = try TestAPI() }

    private static let path = "/v1/incidents/INC-1/checklist"

    @Test func `the checklist shows the windows, who ticked what, and how late`() throws {
        try api.declare(#""title": "x", "severity": "major""#)
        let before = try api.ask(.get, Self.path, token: .read)
        #expect(before.status == 200, "\(before.text)")
        #expect(before.items("item") == ChecklistItem.allCases.map(\.rawValue))
        #expect(before["items.0.ticked_by"] == .null)
        #expect(before["items.0.late_by_seconds"] == .null)
        #expect(before["next"] == .null)
        try api.pass(.seconds(150))
        let tag = try #require(before.field("ETag"))
        #expect(try api.ask(.get, Self.path, nil, ["If-None-Match": tag]).status == 304)

        let ticked = try api.ask(
            .put, "\(Self.path)/confirm_impact", #"{"author": "alice"}"#, token: .post)
        #expect(ticked.status == 200, "\(ticked.text)")
        #expect(ticked.string("ref") == "INC-1")
        #expect(ticked.field("ETag") != nil)
        let after = try api.ask(.get, Self.path, nil, ["If-None-Match": tag])
        #expect(after.status == 200)
        #expect(after.string("items.0.ticked_by") == "alice")
        #expect(after.integer("items.0.late_by_seconds") == 30)
        #expect(after["items.1.ticked_by"] == .null)
        let entry = try api.ask(.get, "/v1/incidents/INC-1/timeline?kind=checklist_ticked")
        #expect(entry.string("items.0.data.item") == "confirm_impact")
        #expect(entry.integer("items.0.data.late_by_seconds") == 30)
        #expect(entry.string("items.0.text") == "alice ticked confirm_impact, 30 s late")
    }

    @Test func `a tick needs no body, and a repeated one adds no entry`() throws {
        try api.declare(#""title": "x", "severity": "major""#)
        for _ in 0..<2 {
            #expect(try api.ask(.put, "\(Self.path)/quick_checks", nil, token: .post).status == 200)
        }
        let entries = try api.ask(.get, "/v1/incidents/INC-1/timeline?kind=checklist_ticked")
        #expect(entries.items("author") == ["post-bot"])
    }

    @Test func `an unknown item is not found, and the answer names the items`() throws {
        try api.declare(#""title": "x", "severity": "major""#)
        let reply = try api.ask(.put, "\(Self.path)/coffee", "{}")
        #expect(reply.slug == "not-found")
        #expect(reply.string("detail")?.contains("write_down") == true)
        #expect(try api.ask(.get, "/v1/incidents/INC-9/checklist").slug == "not-found")
    }

    @Test func `If-None-Match with an asterisk ticks only what nobody has ticked`() throws {
        try api.declare(#""title": "x", "severity": "major""#)
        let fields = ["If-None-Match": "*"]
        #expect(try api.ask(.put, "\(Self.path)/write_down", "{}", fields).status == 200)
        #expect(try api.ask(.put, "\(Self.path)/write_down", "{}", fields).status == 412)
    }
}
