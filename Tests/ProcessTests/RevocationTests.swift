import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A revoked token ends what it had begun (security.md, "Revocation effective").
    @Suite(.serialized) struct RevocationTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
        }

        private func token(_ scope: String) throws -> (caller: Caller, id: String) {
            let made = try service.caller().post("/v1/tokens", #"{"name": "bot", "scope": "\#(scope)"}"#)?
                .json
            let caller = try #require(Caller(service.address, token: made?["token"]?.text))
            return (caller, try #require(made?["id"]?.text))
        }

        @Test func `a body that was begun before the revocation makes no token after it`() throws {
            let (bot, id) = try token("admin")
            let body = #"{"name": "backdoor", "scope": "admin"}"#
            let connection = try #require(PlainConnection(port: bot.port))
            defer { connection.close() }
            // The rest of the body comes later.
            try #require(connection.write(bot.head("POST", "/v1/tokens", body.utf8.count) + body.dropLast(5)))
            #expect(try service.caller().send("DELETE", "/v1/tokens/\(id)")?.status == 204)
            try #require(connection.write(String(body.suffix(5))))
            #expect(connection.answer()?.status == 401)
            let list = try service.caller().get("/v1/tokens")?.text
            #expect(list?.contains("backdoor") == false)
        }

        @Test func `a long poll ends within two seconds of the revocation by another process`() throws {
            let ref = try service.declare()
            let (bot, id) = try token("read")
            let connection = try #require(PlainConnection(port: bot.port))
            defer { connection.close() }
            try #require(
                connection.write(bot.head("GET", "/v1/incidents/\(ref)/timeline?after=1&wait=55", nil)))
            #expect(try service.command("token", "revoke", id).ending == .exited(0))
            let began = ContinuousClock.now
            #expect(connection.answer()?.status == 401)
            #expect(ContinuousClock.now - began < .seconds(5))
        }

        @Test func `a long poll whose client left frees its seat`() throws {
            let ref = try service.declare()
            let caller = try service.caller()
            let connections = (0..<50).compactMap { _ in PlainConnection(port: caller.port) }
            for connection in connections {
                try #require(
                    connection.write(caller.head("GET", "/v1/incidents/\(ref)/timeline?after=1&wait=55", nil))
                )
            }
            func polls() -> Substring? {
                caller.get("/metrics")?.text.split(separator: "\n").first {
                    $0.hasPrefix("drumbeat_long_polls ")
                }
            }
            #expect(becomes { polls() == "drumbeat_long_polls 50" })
            for connection in connections { connection.close() }
            #expect(becomes { polls() == "drumbeat_long_polls 0" })
        }
    }
}
