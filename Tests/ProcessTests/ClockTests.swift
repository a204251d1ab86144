import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A wall clock that is wrong, and is put right (faults.md, F13): the beat goes on.
    @Suite(.serialized) struct ClockTests {
        private static let day = 86_400

        private let service: Drumbeat
        private let receiver: Receiver
        private let clocks: MovedClocks

        init() throws {
            receiver = try Receiver.accepting()
            service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "3s", "DRUMBEAT_INTERVAL": "10s", "DRUMBEAT_NAG_STEPS": "0s,2s,4s",
                "DRUMBEAT_NAG_MAX": "100", "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            ])
            clocks = try MovedClocks(of: service)
        }

        private func register() throws {
            let answer = try service.caller().post(
                "/v1/webhooks", #"{"url": "\#(receiver.url())", "events": ["update.overdue"]}"#)
            try #require(answer?.status == 201, "\(answer?.text ?? "no answer")")
        }

        /// The entries of a kind of the first incident.
        private func entries(_ kind: String) throws -> [JSONValue] {
            let page = try service.caller().get("/v1/incidents/INC-1/timeline?kind=\(kind)&limit=200")
            return try #require(page?.json?["items"]?.items, "\(page?.text ?? "no answer")")
        }

        private func restart() throws {
            #expect(try service.stop() == .exited(0))
            // What the former process sent is read.
            while receiver.next(within: .milliseconds(100)) != nil {}
        }

        @Test(arguments: [Self.day, 20 * 365 * Self.day])
        func `declared by a fast clock, put right at a restart: nags come in their time`(fast: Int) throws {
            try clocks.move(wall: fast)
            try service.start()
            try register()
            _ = try service.declare()
            try restart()
            try clocks.move(wall: 0)
            try service.start()
            let nag = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            #expect((nag.nag?["late_seconds"]?.number ?? -1) < 60)
            let corrected = try entries("clock_corrected")
            #expect(corrected.count == 1)
            let recorded = try #require(corrected.first?["recorded_at"]?.text)
            #expect(corrected.first?["data"]?["to"]?.text == recorded)
            #expect((corrected.first?["data"]?["from"]?.text ?? "") > recorded)
            #expect(corrected.first?["author"]?.text == "drumbeat")
            #expect(try service.caller().get("/readyz")?.status == 200)
            #expect(service.log.contains(#""event":"clock.set_back""#))

            let update = try service.caller().post(
                "/v1/incidents/INC-1/status-updates", #"{"audience": "public", "text": "We are on it."}"#)
            #expect(update?.status == 201, "\(update?.text ?? "")")
            #expect(receiver.next(within: .seconds(20)) != nil, "an update revives the beat")

            try restart()
            try service.start()
            #expect(try entries("clock_corrected").count == 1, "once")
            #expect(try service.command("verify").ending == .exited(0))
        }

        @Test func `a clock that is set back while it runs delays no nag, before and after it is adopted`()
            throws
        {
            try service.start()
            try register()
            _ = try service.declare()
            #expect(receiver.next(within: .seconds(10)) != nil)
            try clocks.move(wall: -Self.day)
            #expect(receiver.next(within: .seconds(10)) != nil, "nag 2")
            #expect(receiver.next(within: .seconds(10)) != nil, "nag 3")
            #expect(try entries("clock_corrected").isEmpty)
            #expect(becomes { service.log.contains(#""event":"clock.wall_jumped""#) })

            // Ten minutes pass on both clocks.
            try clocks.move(wall: -Self.day + 601, boot: 601)
            #expect(try becomes { try entries("clock_corrected").count == 1 }, "\(service.log)")
            let corrected = try entries("clock_corrected")[0]
            let seq = try #require(corrected["seq"]?.number)
            let to = try #require(corrected["data"]?["to"]?.text)
            // The next two come within two intervals, by the corrected clock.
            #expect(
                try becomes(within: .seconds(30)) {
                    try entries("nag_sent").count { ($0["seq"]?.number ?? 0) > seq } >= 2
                }, "\(service.log)")
            let last = try #require(try entries("nag_sent").last?["recorded_at"]?.text)
            #expect(last > to && last < (corrected["data"]?["from"]?.text ?? ""))
        }

        @Test func `a start in 1970 refuses writes, says why, and heals without a restart`() throws {
            try clocks.move(wall: -time(nil) + 12)
            try service.start()
            let refused = try service.caller().post(
                "/v1/incidents", #"{"title": "People cannot sign in", "severity": "major"}"#)
            #expect(refused?.status == 503)
            #expect(refused?.slug == "storage-unavailable")
            #expect(refused?.json?["detail"]?.text?.contains("The clock says 1970: set it") == true)
            let ready = try service.caller().get("/readyz")
            #expect(ready?.status == 503)
            #expect(ready?.json?["checks"]?["clock"]?["status"]?.text == "wrong")
            #expect(ready?.json?["checks"]?["clock"]?["detail"]?.text?.contains("1970") == true)
            #expect(try service.caller().get("/v1/incidents")?.status == 200)
            #expect(service.log.contains(#""event":"clock.not_credible""#))
            #expect(!service.log.contains("backup"))

            try clocks.move(wall: 0)
            #expect(try becomes { try service.caller().get("/readyz")?.status == 200 })
            try register()
            _ = try service.declare()
            #expect(receiver.next(within: .seconds(10)) != nil)
            #expect(becomes { service.log.contains(#""event":"clock.credible_again""#) })
            #expect(try service.stop() == .exited(0))
        }
    }
}
