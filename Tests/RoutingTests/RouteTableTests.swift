import HTTP
import JSON
import Model
import Testing
import TestSupport

@testable import Routing

/// Rows of an API that has nothing to do with incidents.
struct RouteTableTests {
    private let table: RouteTable

    init() {
        let group = Documentation.Group("kitchen")
        table = RouteTable([
            .handler(
                .get, "/v1/pots/{pot}/lids/{lid}", .scope(.read), "readLid",
                Documentation(
                    group: group, summary: "Read a lid",
                    answers: [.json(.ref(named: "Lid"), "The lid.", tag: true)])
            ) { $0.answer(Responses.noContent) },
            .write(
                .put, "/v1/pots/{pot}", .scope(.command), "fillPot",
                Documentation(
                    group: group, summary: "Fill a pot", examples: [("soup", #"{"with": "soup"}"#)],
                    answers: [.noContent]),
                reading: { $0.text("with", .name) }
            ) { context, _, _ in context.answer(Responses.noContent) },
            .handler(.get, "/kitchen", .open, "readKitchen", Documentation(group: group, summary: "Look in"))
            {
                $0.answer(Responses.noContent)
            },
        ])
    }

    private func link(_ link: Refusal.Link, on name: String?) -> String? {
        table.resolve(link, on: name).map { "\($0.method) \($0.href)" }
    }

    @Test func `a link gets the path of its row, with the stream's name first`() {
        #expect(link(.init("readLid", "7", detail: ""), on: "POT-1") == "GET /v1/pots/POT-1/lids/7")
        #expect(link(.init("readLid", "POT-2", "8", detail: ""), on: nil) == "GET /v1/pots/POT-2/lids/8")
        #expect(
            link(.init("fillPot", query: "?hot=1", detail: ""), on: "POT-1") == "PUT /v1/pots/POT-1?hot=1")
    }

    @Test func `a link without a row, or with too few parameters, leads nowhere`() {
        #expect(link(.init("readSpoon", detail: ""), on: "POT-1") == nil)
        #expect(link(.init("readLid", detail: ""), on: "POT-1") == nil)
        #expect(link(.init("fillPot", detail: ""), on: nil) == nil)
    }

    @Test func `rows have their index, messages name the beginnings, and an open path is no secret`() {
        #expect(table.rows.map(\.index) == [0, 1, 2])
        #expect(table.beginnings == "/v1/pots")
        #expect(table.isOpen(["kitchen"]))
        #expect(!table.isOpen(["v1", "pots", "1", "lids", "2"]))
        #expect(!table.isOpen(["cellar"]))
    }

    @Test func `the document is made from the rows and from what is given beside them`() throws {
        let contents = OpenAPI.Contents(
            info: .members(["title": .string("Kitchen")]), groups: [Documentation.Group("kitchen")],
            problems: ProblemType.ofRouting, schemas: [(name: "Lid", schema: .object(["size": .integer]))],
            examples: [(name: "Lid", value: .members(["size": .integer(2)]))], webhooks: .members([:]),
            token: "Ask the cook.", shared: { _ in nil },
            pathParameter: { _, name in (.name, "The \(name).") })
        let document = OpenAPI(table, contents).document
        #expect(document["info"]?["title"] == .string("Kitchen"))
        let read = document["paths"]?["/v1/pots/{pot}/lids/{lid}"]?["get"]
        #expect(read?["operationId"] == .string("readLid"))
        #expect(read?["parameters"]?.items?.count == 3, "pot, lid and If-None-Match")
        let found = read?["responses"]?["200"]?["content"]?["application/json"]
        #expect(found?["examples"]?["Lid"] != nil)
        #expect(read?["responses"]?["304"] != nil)
        let fill = document["paths"]?["/v1/pots/{pot}"]?["put"]
        let body = fill?["requestBody"]?["content"]?["application/json"]
        #expect(body?["schema"]?["required"] == .strings(["with"]))
        #expect(body?["examples"]?["soup"]?["value"]?["with"] == .string("soup"))
        #expect(document["paths"]?["/kitchen"]?["get"]?["security"] == .array([]))
    }
}
