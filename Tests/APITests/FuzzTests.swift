import HTTP
import JSON
import ServiceSupport
import TestSupport
import Testing

/// Random and mutated bodies on every write: no trap, no 5xx, and a refusal stores nothing.
struct FuzzTests {
    private static let words = [
        "title", "severity", "impact", "labels", "links", "roles", "author", "text", "kind", "data", "source",
        "system",
        "ref", "url", "events", "secret", "name", "scope", "status", "reason", "override", "duplicate_of",
        "person",
        "contact", "claims", "template", "audience", "basis_seq", "force", "next_update_at", "occurred_at",
        "commander",
        "next_action", "owner", "confirmed", "state", "", "é", "e\u{301}",
    ]
    private static let values = [
        "major", "minor", "critical", "p1", "INC-1", "INC-2", "resolved", "investigating", "cancelled",
        "duplicate",
        "false_alarm", "2026-01-15T10:00:00Z", "2026-01-15T10:09:00+00:00",
        "2100-12-31T23:59:59.999999999-23:59",
        "finding", "hypothesis", "ruled_out", "public", "internal", "nothing_new", "auto",
        "https://example.org/",
        "*", "update.*", "read", "admin", "\u{202E}\u{0301}", "", "@", "x", "[FILL: x]", "\u{FFFF}", "🧑‍🚒",
    ]

    private struct Dice {
        let random: SeededRandom

        func below(_ count: Int) -> Int { random.remainder(below: count) }

        func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

        func value(depth: Int) -> JSONValue {
            switch below(depth > 0 ? 9 : 7) {
            case 0: .null
            case 1: .bool(below(2) == 0)
            case 2: .integer(pick([0, 1, -1, 2, 99, .max, .min]))
            case 3: .number(pick(["1.0", "1e2", "-0", "1e999", "123456789012345678901234567890"]))
            case 7: .array((0..<below(4)).map { _ in value(depth: depth - 1) })
            case 8: .object(object(depth: depth - 1))
            default: .string(pick(FuzzTests.values))
            }
        }

        func object(depth: Int) -> JSONObject {
            var members: [JSONObject.Member] = []
            for _ in 0..<below(8) {
                let name = pick(FuzzTests.words)
                if members.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) { continue }
                members.append(.init(name: name, value: value(depth: depth)))
            }
            return JSONObject(members)
        }

        /// One that nearly fits, with some members replaced, dropped or added.
        func mutated(_ base: String) -> [UInt8] {
            guard case .object(var object)? = try? JSONReader.read(Array(base.utf8)) else { return [] }
            for _ in 0...below(3) {
                let index = below(object.members.count + 1)
                if index == object.members.count {
                    let extra = self.object(depth: 2).members.filter { object[$0.name] == nil }
                    object.members += extra
                } else if below(4) == 0 {
                    object.members.remove(at: index)
                } else {
                    object.members[index].value = value(depth: 3)
                }
            }
            return object.encoded()
        }

        /// Bytes flipped, cut or doubled.
        func garbled(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...below(3) where !bytes.isEmpty {
                let index = below(bytes.count)
                switch below(3) {
                case 0: bytes[index] = UInt8(below(256))
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + 1 + below(4)))
                default: bytes.insert(contentsOf: bytes[index...].prefix(1 + below(4)), at: index)
                }
            }
            return bytes
        }
    }

    private static let bases: [(HTTP.Method, String, String)] = [
        (
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "major", "labels": {"a": "b"}, "roles": {"scribe": "x"}, "links": [{"url": "tel:u", "title": "t"}], "started_at": "2026-01-15T09:00:00Z", "next_action": {"text": "x", "owner": "y"}}"#
        ),
        (
            .patch, "/v1/incidents/INC-1",
            #"{"title": "x", "impact": "y", "labels": {"a": null}, "reviewed_severity": null, "links": []}"#
        ),
        (.put, "/v1/incidents/INC-1/severity", #"{"severity": "critical", "reason": "x", "author": "y"}"#),
        (.post, "/v1/incidents/INC-1/severity/disputes", #"{"claims": "minor", "reason": "x"}"#),
        (
            .put, "/v1/incidents/INC-1/status",
            #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-2", "override": false}"#
        ),
        (.put, "/v1/incidents/INC-1/roles/commander", #"{"person": "x", "contact": "y"}"#),
        (
            .post, "/v1/incidents/INC-1/timeline",
            #"{"text": "x", "kind": "finding", "data": {"confirmed": true}, "source": {"system": "s", "ref": "r", "url": "tel:u"}, "visibility": "public", "occurred_at": "2026-01-15T09:59:00Z"}"#
        ),
        (
            .post, "/v1/incidents/INC-1/status-updates",
            #"{"audience": "public", "text": "x", "next_update_at": "2026-01-15T10:10:00Z", "status": "mitigating", "basis_seq": 1, "eta_basis": 1, "force": true}"#
        ),
        (.post, "/v1/incidents/INC-1/status-updates", #"{"template": "auto", "audience": "internal"}"#),
        (
            .post, "/v1/webhooks",
            #"{"url": "https://example.org/", "events": ["*", "update.*"], "secret": null}"#
        ),
        (.post, "/v1/webhooks/x/test", #"{"author": "x"}"#),
        (.patch, "/v1/webhooks/x", #"{"url": "https://x/", "events": ["*"], "enabled": true}"#),
        (.post, "/v1/webhooks/x/rotate-secret", #"{"overlap_seconds": 5, "author": "x"}"#),
        (.post, "/v1/deliveries/msg_x/retry", #"{"author": "x"}"#),
        (.post, "/v1/tokens", #"{"name": "x", "scope": "read", "author": "y"}"#),
    ]

    @Test(arguments: 1...8)
    func `no body makes a write trap or fail`(seed: UInt64) throws {
        let dice = Dice(random: SeededRandom(seed: seed &* 7_919))
        let api = try TestAPI()
        try api.declare()
        try api.declare()
        for step in 1...60 {
            for (method, path, base) in FuzzTests.bases {
                let bytes: [UInt8] =
                    switch dice.below(4) {
                    case 0: JSONValue.object(dice.object(depth: 3)).encoded()
                    case 1: dice.garbled(Array(base.utf8))
                    default: dice.mutated(base)
                    }
                let head = try api.head()
                let reply = try api.ask(method, path, bytes: bytes)
                let what =
                    "seed \(seed) step \(step) \(path) \(String(decoding: bytes, as: UTF8.self)): \(reply.text)"
                #expect(reply.status < 500, "\(what)")
                if reply.status >= 400 {
                    #expect(reply.slug != nil, "\(what)")
                    #expect(try api.head() == head, "\(what)")
                } else {
                    #expect(reply.json != nil, "\(what)")
                }
            }
        }
        // What was stored in all this can be read again.
        for path in ["", "/cadence", "/timeline?limit=200", "/status-updates", "/status-updates/draft"] {
            #expect(try api.ask(.get, "/v1/incidents/INC-1\(path)").status == 200, "seed \(seed) \(path)")
        }
        #expect(try api.ask(.get, "/v1/incidents?state=all&limit=200").status == 200, "seed \(seed)")
    }

    @Test(arguments: 1...4)
    func `no path, query or field makes a read trap or fail`(seed: UInt64) throws {
        let dice = Dice(random: SeededRandom(seed: seed &* 104_729))
        let api = try TestAPI()
        try api.declare()
        let names = [
            "limit", "after", "state", "severity", "status", "channel", "label", "since", "at", "kind",
            "visibility",
            "audience", "template", "x", "",
        ]
        let values =
            FuzzTests.values + [
                "0", "1", "200", "-1", "99999999999999999999", "a:b", ":", "::", "open", "all", "note",
            ]
        let refs = [
            "INC-1", "inc-01", "INC-999999999999999", "-", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "\u{212A}",
        ]
        func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let digits = String(byte, radix: 16)
                return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }.joined()
        }
        let tails = [
            "", "/cadence", "/timeline", "/timeline/1", "/timeline/x", "/status-updates",
            "/status-updates/draft",
        ]
        for step in 1...400 {
            let path = dice.pick(
                ["/v1/incidents", "/v1/templates", "/v1/webhooks", "/v1/tokens"]
                    + ["/v1/incidents/\(encoded(dice.pick(refs)))\(dice.pick(tails))"])
            let query = (0..<dice.below(3)).map { _ in
                "\(encoded(dice.pick(names)))=\(encoded(dice.pick(values)))"
            }
            let target = path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
            let tags = ["*", "\"2-1\"", "W/\"2-1\"", "\"", ",", "\"2-99999999999999999999\""]
            let reply = try api.ask(
                .get, target, nil, ["If-None-Match": dice.pick(tags), "Accept": dice.pick(FuzzTests.values)])
            #expect(reply.status < 500, "seed \(seed) step \(step) \(target): \(reply.text)")
            #expect(reply.status < 400 || reply.slug != nil, "seed \(seed) step \(step) \(target)")
        }
    }
}
