@testable import API
@testable import Routing
import HTTP
import Journal
import JSON
import Model
import ServiceSupport
import Testing
import Views

/// The document against the service: each side says the same.
struct OpenAPITests {
    private let document: JSONValue
    private let check: SchemaCheck

    init() throws {
        let api = try TestAPI { $0.version = "1.2.3" }
        document = try JSONReader.read(api.responder.document.answer.body, limits: .stored)
        check = SchemaCheck(document: document)
    }

    private struct Made {
        var api: TestAPI
        var webhook: String
        var token: String
        var delivery: String
        /// An exception from the freeze of the incident.
        var exception: String
    }

    /// An incident that every example fits, and an update, a webhook and a token besides.
    private func api() throws -> Made {
        let api = try TestAPI()
        try api.declare(
            #""title": "x", "severity": "major", "impact": "y", "workaround": "z", "next_action": {"text": "a", "owner": "bob"}"#
        )
        // The entry that confirmations and corrections are about.
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "kind": "finding"}"#)
        try api.ask(.put, "/v1/inventory/people/update", "{}")
        let webhook = try api.ask(
            .post, "/v1/webhooks", #"{"url": "https://example.org/1", "events": ["*"]}"#)
        let token = try api.ask(.post, "/v1/tokens", #"{"name": "x", "scope": "read"}"#)
        let exception = try api.ask(.post, "/v1/incidents/INC-1/freeze/exceptions", "{}")
        let id = try #require(webhook.string("id"))
        let delivery = try api.ask(.post, "/v1/webhooks/\(id)/test")
        return Made(
            api: api, webhook: id, token: try #require(token.string("id")),
            delivery: try #require(delivery.string("id")),
            exception: try #require(exception.string("id")))
    }

    private func path(_ route: Route, _ made: Made) -> String {
        let values = [
            "{ref}": "INC-1", "{role}": "scribe", "{item}": "quick_checks", "{seq}": "2", "{name}": "update",
            "{slug}": "not-found",
            "{code}": code(made),
            "{id}": route.pattern.contains("/mitigations/{id}")
                ? mitigation(made)
                : route.pattern.contains("exceptions")
                    ? made.exception
                    : route.pattern.contains("tokens")
                        ? made.token
                        : route.pattern.hasPrefix("/v1/deliveries") ? made.delivery : made.webhook,
        ]
        guard route.pattern != "/" else { return "/" }
        return route.pattern.split(separator: "/").map { "/" + (values[String($0)] ?? String($0)) }.joined()
    }

    /// The id of a rollback that got its yes.
    private func mitigation(_ made: Made) -> String {
        let known = made.api.service.incidents.snapshot(1)?.incident.mitigations.current?.id
        let rollback = #"{"known_good": "2.13", "database": "safe"}"#
        return known
            ?? (try? made.api.ask(.post, "/v1/incidents/INC-1/mitigations", rollback))?.string("id") ?? "none"
    }

    /// The code of an action that the incident allows.
    private func code(_ made: Made) -> String {
        let webhook = made.api.service.credentials.webhook(made.webhook)
        let wasTold = made.api.service.incidents.snapshot(1)?.incident.cadence.lastUpdateAt != nil
        let link = ActionLink(
            wasTold ? .nothingNew : .snooze(minutes: 10), on: 1, for: made.webhook,
            sentAt: made.api.time.wall())
        return link.code(signedWith: webhook?.secret ?? "")
    }

    /// The schema of a body.
    private func bodySchema(_ method: String, _ pattern: String) -> JSONValue? {
        document["paths"]?[pattern]?[method]?["requestBody"]?["content"]?["application/json"]?["schema"]
    }

    private func operation(_ route: Route) -> JSONValue? {
        document["paths"]?[route.pattern]?[route.method.rawValue.lowercased()]
    }

    private func response(_ route: Route, _ status: Int) -> JSONValue? {
        let response = operation(route)?["responses"]?["\(status)"]
        return response?["$ref"]?.text.flatMap(check.resolve) ?? response
    }

    /// Whether an answer is what the document says: its status, type, members and fields.
    private func expect(_ reply: Reply, fits route: Route, _ what: String) {
        guard let response = response(route, reply.status) else {
            Issue.record("\(what): \(reply.status) is not documented: \(reply.text)")
            return
        }
        if let content = response["content"] {
            let type = reply.field("Content-Type")?.split(separator: ";").first.map(String.init) ?? ""
            let schema = content[type]?["schema"]
            #expect(schema != nil, "\(what): \(type) is not documented")
            if let json = reply.json, type != "text/plain", let schema {
                #expect(check.flaws(of: json, by: schema) == [], "\(what)")
                #expect(check.undocumented(in: json, by: schema) == [], "\(what)")
            }
        } else {
            #expect(reply.body.isEmpty, "\(what)")
        }
        guard case .object(let fields)? = response["headers"] else { return }
        for field in fields.members where field.name != "X-Request-Id" {
            let isRequired = field.value["$ref"]?.text.flatMap(check.resolve)?["required"] == .bool(true)
            if isRequired { #expect(reply.field(field.name) != nil, "\(what): no \(field.name)") }
        }
        for name in ["ETag", "Location", "Link", "Retry-After"] where reply.field(name) != nil {
            #expect(fields[name] != nil, "\(what): \(name) is not documented")
        }
    }

    @Test func `the document names its version and every operation once`() {
        #expect(document["openapi"] == .string("3.1.0"))
        #expect(document["info"]?["version"] == .string("1.2.3"))
        let ids = Route.all.compactMap { operation($0)?["operationId"]?.text }
        #expect(ids.count == Route.all.count)
        #expect(Set(ids).count == ids.count)
        // And the other way round: no operation without a route.
        guard case .object(let paths)? = document["paths"] else {
            Issue.record("there are no paths")
            return
        }
        let operations = paths.members.flatMap { path -> [String] in
            guard case .object(let item) = path.value else { return [] }
            return item.members.map { "\($0.name.uppercased()) \(path.name)" }
        }
        #expect(Set(operations) == Set(Route.all.map { "\($0.method.rawValue) \($0.pattern)" }))
    }

    @Test func `every reference leads somewhere`() {
        var refs: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let object):
                for member in object.members {
                    if member.name == "$ref", let ref = member.value.text { refs.insert(ref) }
                    collect(member.value)
                }
            case .array(let items): for item in items { collect(item) }
            default: break
            }
        }
        collect(document)
        #expect(refs.count > 20)
        for ref in refs { #expect(check.resolve(ref) != nil, "\(ref)") }
    }

    @Test func `every example of a request fits its schema, is accepted, and is answered as documented`()
        throws
    {
        var count = 0
        for route in Route.all {
            let documentation = route.operation.documentation
            #expect(route.operation.body == nil || !documentation.examples.isEmpty, "\(route.pattern)")
            for (name, json) in documentation.examples {
                let what = "\(route.method.rawValue) \(route.pattern) \(name)"
                let schema = operation(route)?["requestBody"]?["content"]?["application/json"]?["schema"]
                let value = try JSONReader.read(Array(json.utf8), limits: .request)
                #expect(check.flaws(of: value, by: schema) == [], "\(what)")
                let made = try api()
                let reply = try made.api.ask(route.method, path(route, made), json)
                #expect((200...299).contains(reply.status), "\(what): \(reply.text)")
                expect(reply, fits: route, what)
                count += 1
            }
        }
        #expect(count > 15)
    }

    @Test func `every answer to a request without a body is as documented`() throws {
        for route in Route.all where route.operation.body == nil {
            let made = try api()
            try made.api.ask(.post, "/v1/incidents/INC-1/status-updates", #"{"text": "We are on it."}"#)
            for accept in ["*/*", "application/json", "text/html"] {
                let what = "\(route.method.rawValue) \(route.pattern) \(accept)"
                let reply = try made.api.ask(route.method, path(route, made), nil, ["Accept": accept])
                #expect(
                    (200...299).contains(reply.status) || route.method == .delete, "\(what): \(reply.text)")
                expect(reply, fits: route, what)
                guard let tag = reply.field("ETag"), route.method == .get else { continue }
                let held = try made.api.ask(
                    route.method, path(route, made), nil, ["Accept": accept, "If-None-Match": tag])
                #expect(held.status == 304, "\(what)")
                expect(held, fits: route, what)
            }
        }
    }

    @Test func `the query parameters of the document are those that the service knows`() throws {
        for route in Route.all {
            let made = try api()
            let body = route.operation.body == nil ? nil : "{}"
            let reply = try made.api.ask(route.method, path(route, made) + "?bogus=1", body)
            expect(reply, fits: route, route.pattern)
            let detail = try #require(reply.string("detail"))
            let documented = Set(route.operation.documentation.query.map(\.name))
            let known = detail.split(separator: "parameters are ").dropFirst().first.map(String.init) ?? ""
            let names = known.split(whereSeparator: { ", .".contains($0) }).map(String.init)
            #expect(Set(names) == documented, "\(route.method.rawValue) \(route.pattern): \(detail)")
        }
    }

    @Test func `the document has If-Match and 412 for exactly the routes that honour it`() throws {
        for route in Route.all where route.method.isWrite {
            let made = try api()
            if route.pattern.hasSuffix("/roles/{role}") {
                try made.api.ask(.put, "/v1/incidents/INC-1/roles/scribe", #"{"person": "carol"}"#)
            }
            let body = route.operation.documentation.examples.first?.json
            let reply = try made.api.ask(
                route.method, path(route, made), body, ["If-Match": "\"nonsense\""])
            let what = "\(route.method.rawValue) \(route.pattern): \(reply.text)"
            let isHonoured = reply.status == 412
            #expect(isHonoured || (200...299).contains(reply.status), "\(what)")
            let names = (operation(route)?["parameters"]?.items ?? []).compactMap { $0["name"]?.text }
            #expect(names.contains("If-Match") == isHonoured, "\(what)")
            #expect((response(route, 412) != nil) == isHonoured, "\(what)")
        }
    }

    @Test func `the members of a body in the document are those that the service knows`() throws {
        for route in Route.all where route.operation.body != nil {
            let made = try api()
            let reply = try made.api.ask(
                route.method, path(route, made), #"{"bogus": 1, "status": "monitoring"}"#)
            expect(reply, fits: route, route.pattern)
            #expect(reply.slug == "validation", "\(route.pattern): \(reply.text)")
            let details = (reply["errors"]?.items ?? []).compactMap { $0["detail"]?.text }
            let known = try #require(details.first { $0.contains("members are: ") }, "\(route.pattern)")
            let names = known.split(separator: "members are: ").dropFirst().first.map { $0.dropLast() } ?? ""
            let schema = operation(route)?["requestBody"]?["content"]?["application/json"]?["schema"]
            guard case .object(let properties)? = schema?["properties"] else {
                Issue.record("\(route.pattern): the schema has no properties")
                continue
            }
            #expect(
                Set(names.split(separator: ", ").map(String.init)) == Set(properties.members.map(\.name)),
                "\(route.method.rawValue) \(route.pattern)")
            #expect(schema?["additionalProperties"] == .bool(false), "\(route.pattern)")
        }
    }

    @Test func `what the document requires of a body, or lets be null, is what the service does`() throws {
        for route in Route.all {
            guard let body = route.operation.body else { continue }
            let made = try api()
            let path = path(route, made)
            let bare = try made.api.ask(route.method, path, "{}")
            let required = body.members.filter(\.isRequired).map(\.name) + body.alternatives.prefix(1)
            let missing = required.map { "#/\($0)" } + (body.oneOrMoreOf.isEmpty ? [] : ["#"])
            #expect(Set(bare.pointers) == Set(missing), "\(route.pattern)")
            for member in body.members where member.dependsOn == nil {
                // One of two members is null: then the other one is missing.
                if body.alternatives.contains(member.name) { continue }
                let reply = try made.api.ask(route.method, path, "{\"\(member.name)\": null}")
                let isRefused = reply.pointers.contains("#/\(member.name)")
                #expect(isRefused == !member.mayBeNull, "\(route.pattern) \(member.name): \(reply.text)")
            }
        }
    }

    @Test func `the examples of answers are what their schemas say`() throws {
        guard case .object(let examples)? = document["components"]?["examples"] else {
            Issue.record("there are no examples")
            return
        }
        #expect(examples.members.count == 4)
        for example in examples.members {
            let value = try #require(example.value["value"])
            let schema = check.resolve("#/components/schemas/\(example.name)")
            #expect(check.flaws(of: value, by: schema) == [], "\(example.name)")
            #expect(check.undocumented(in: value, by: try #require(schema)) == [], "\(example.name)")
        }
    }

    @Test func `what every slug is an example of fits a problem`() {
        for type in ProblemType.all {
            let schema = check.resolve("#/components/schemas/Problem")
            #expect(check.flaws(of: ProblemPage.example(of: type), by: schema) == [], "\(type.slug)")
        }
    }

    /// The schemas of the document, each with its place. A member named like a keyword is not one: properties are visited by name.
    private func schemas() -> [(place: String, schema: JSONValue)] {
        var found: [(String, JSONValue)] = []
        func collect(_ value: JSONValue, _ place: String, isSchema: Bool) {
            if isSchema { found.append((place, value)) }
            switch value {
            case .array(let items):
                for (index, item) in items.enumerated() {
                    collect(item, "\(place)/\(index)", isSchema: isSchema)
                }
            case .object(let object):
                for member in object.members {
                    let inner = "\(place)/\(member.name)"
                    switch member.name {
                    case "example", "examples", "enum", "required": continue
                    case "schema", "items", "additionalProperties", "propertyNames", "not":
                        collect(member.value, inner, isSchema: true)
                    case "allOf", "anyOf", "oneOf":
                        for item in member.value.items ?? [] { collect(item, inner, isSchema: true) }
                    case "properties", "schemas":
                        guard case .object(let properties) = member.value else { continue }
                        for property in properties.members {
                            collect(property.value, "\(inner)/\(property.name)", isSchema: true)
                        }
                    default: collect(member.value, inner, isSchema: false)
                    }
                }
            default: break
            }
        }
        collect(document, "#", isSchema: false)
        return found
    }

    @Test func `no schema is one that generators of clients refuse`() {
        let schemas = schemas()
        #expect(schemas.count > 500)
        for (place, schema) in schemas {
            if case .bool(let allows) = schema {
                // "No other members", which every generator knows.
                #expect(place.hasSuffix("/additionalProperties") && !allows, "\(place) is a boolean schema")
            }
            let pattern = schema["pattern"]?.text ?? ""
            #expect(pattern.utf8.count <= 175, "\(place) has an unreadable pattern: \(pattern)")
        }
    }

    @Test func `every problem has one schema, by reference`() {
        var count = 0
        func collect(_ value: JSONValue, _ place: String) {
            guard case .object(let object) = value else { return }
            for member in object.members {
                let inner = "\(place)/\(member.name)"
                if member.name == "application/problem+json" {
                    count += 1
                    #expect(member.value["schema"] == Schema.ref(.problem).json, "\(inner)")
                }
                collect(member.value, inner)
            }
        }
        collect(document, "#")
        #expect(count > 20)
    }

    @Test func `every member of a shared schema has a description`() {
        var count = 0
        for (place, schema) in schemas() where place.hasPrefix("#/components/schemas/") {
            guard case .object(let properties)? = schema["properties"] else { continue }
            for member in properties.members where !place.hasSuffix("/roles") {
                count += 1
                #expect(member.value["description"]?.text?.isEmpty == false, "\(place)/\(member.name)")
            }
        }
        #expect(count > 100)
    }

    @Test func `there is a webhook for each type of event`() {
        guard case .object(let webhooks)? = document["webhooks"] else {
            Issue.record("there are no webhooks")
            return
        }
        #expect(webhooks.members.map(\.name) == EventType.all.map(\.rawValue))
    }

    @Test func `anyone may read the document, and a client that has it gets a 304`() throws {
        let api = try TestAPI { $0.version = "1.2.3" }
        let reply = try api.ask(.get, "/openapi.json", token: nil)
        #expect(reply.status == 200)
        #expect(reply.field("Content-Type") == "application/json")
        #expect(reply.body == api.responder.document.answer.body)
        let tag = try #require(reply.field("ETag"))
        let held = try api.ask(.get, "/openapi.json", token: nil, ["If-None-Match": tag])
        #expect(held.status == 304)
    }

    @Test func `the check finds what does not fit`() {
        let schema = Component.nag.schema.json
        #expect(!check.flaws(of: .members(["about": .string("lunch")]), by: schema).isEmpty)
        #expect(check.undocumented(in: .members(["bogus": .null]), by: schema) == ["bogus"])
        let update = bodySchema("post", "/v1/incidents/{ref}/status-updates")
        #expect(check.flaws(of: .members(["text": .string("a")]), by: update) == [])
        #expect(!check.flaws(of: .members(["author": .string("a")]), by: update).isEmpty)
        let both: JSONValue = .members(["text": .string("a"), "template": .string("update")])
        #expect(!check.flaws(of: both, by: update).isEmpty)
        #expect(!check.flaws(of: .string(""), by: Schema.text(.name).json).isEmpty)
        #expect(!check.flaws(of: .string("@ "), by: Schema.text(.person).json).isEmpty)
        #expect(check.flaws(of: .string("@a"), by: Schema.text(.person).json) == [])
        #expect(!check.flaws(of: .string("a\nb"), by: Schema.text(.name).json).isEmpty)
        #expect(check.flaws(of: .string("a\nb"), by: Schema.text(.text).json) == [])
    }
}
