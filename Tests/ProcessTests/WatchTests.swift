import JSON
import TestSupport
import Testing

extension Binary {
    /// A watch that goes on over a restart, and over a clock that is put right.
    @Suite(.serialized) struct WatchTests {
        private let service: Drumbeat
        private let clocks: MovedClocks

        init() throws {
            service = try Drumbeat([
                "DRUMBEAT_WATCH_FLOOR": "1s", "DRUMBEAT_WATCH": "20s", "DRUMBEAT_WATCH_MINOR": "0s",
            ])
            clocks = try MovedClocks(of: service)
        }

        private func change(_ path: String, _ body: String) throws -> JSONValue {
            let answer = try service.caller().put("/v1/incidents/INC-1\(path)", body)
            return try #require(answer?.json, "\(answer?.text ?? "no answer")")
        }

        private var until: String? {
            get throws {
                try service.caller().get("/v1/incidents/INC-1")?.json?["watch"]?["until"]?.text
            }
        }

        /// The codes of what is lacking; empty if it is resolved.
        private func lacking() throws -> [String] {
            let answer = try change("/status", #"{"status": "resolved"}"#)
            return answer["errors"]?.items?.compactMap { $0["code"]?.text } ?? []
        }

        private func declare() throws {
            _ = try service.declare(more: #", "restored_when": "people can sign in""#)
            _ = try change("/status", #"{"status": "monitoring"}"#)
        }

        private func check() throws {
            let answer = try service.caller().post(
                "/v1/incidents/INC-1/checks", #"{"path": "sign in", "passed": true, "evidence": "works"}"#)
            #expect(answer?.status == 201, "\(answer?.text ?? "")")
        }

        @Test func `a restart with another setting leaves the watch as it began`() throws {
            try service.start()
            try declare()
            let before = try until
            #expect(before != nil)
            #expect(try lacking() == ["watch", "no_check"])
            #expect(try service.stop() == .exited(0))
            service.settings["DRUMBEAT_WATCH"] = "1h"
            try service.start()
            #expect(try until == before)
            #expect(try lacking() == ["watch", "no_check"])
            #expect(try becomes(within: .seconds(60)) { try lacking() == ["no_check"] }, "it runs out")
            try check()
            #expect(try lacking() == [])
            #expect(try service.command("verify").ending == .exited(0))
        }

        @Test func `a clock that was a day fast moves the watch when it is put right`() throws {
            try clocks.move(wall: 86_400)
            try service.start()
            try declare()
            let before = try #require(try until)
            #expect(try service.stop() == .exited(0))
            try clocks.move(wall: 0)
            try service.start()
            // Each incident follows by an entry of its own, once the service has started.
            #expect(try becomes { try #require(try until) < before })
            #expect(try becomes(within: .seconds(60)) { try lacking() == ["no_check"] })
            try check()
            #expect(try lacking() == [])
        }
    }
}
