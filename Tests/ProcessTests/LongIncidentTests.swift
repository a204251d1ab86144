import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// What goes on for long: a decision that is due, a silence, a snooze, over a kill.
    @Suite(.serialized) struct LongIncidentTests {
        private let service: Drumbeat
        private let receiver: Receiver

        init() throws {
            receiver = try Receiver.accepting()
            service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "1s", "DRUMBEAT_NAG_STEPS": "0s,120s",
                "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            ])
        }

        private func register(_ events: String) throws {
            let answer = try service.caller().post(
                "/v1/webhooks", #"{"url": "\#(receiver.url())", "events": [\#(events)]}"#)
            try #require(answer?.status == 201, "\(answer?.text ?? "no answer")")
        }

        @Test func `the decision is asked for until an escalation, also over a kill`() throws {
            service.settings["DRUMBEAT_DECISION_AFTER"] = "2s"
            service.settings["DRUMBEAT_INTERVAL"] = "2s"
            try service.start()
            try register(#""decision.due""#)
            let incident = try service.declare(more: #", "roles": {"commander": "alice"}"#)
            let first = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            #expect(first.type == "decision.due")
            #expect(first.nag?["about"]?.text == "decision")
            #expect(first.nagNumber == 1)
            #expect(first.nag?["to"]?.items?.map { $0["person"]?.text } == ["alice"])
            #expect(first.json?["data"]?["draft"]?["text"]?.text?.contains("A decision is due") == true)
            service.kill()
            service.settings["DRUMBEAT_LISTEN"] = service.address
            service.settings["DRUMBEAT_DECISION_AFTER"] = "7d"
            try service.start()
            // An hour that was written down stays as it was, whatever is configured now.
            var next = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            while next.id == first.id { next = try #require(receiver.next(within: .seconds(10))) }
            #expect((next.nagNumber ?? 0) >= 2)
            #expect(next.nag?["deadline"]?.text == first.nag?["deadline"]?.text)
            let escalated = try service.caller().post(
                "/v1/incidents/\(incident)/escalations", #"{"to": "the CTO", "reason": "stuck"}"#)
            #expect(escalated?.status == 201, "\(escalated?.text ?? "no answer")")
            let seq = try #require(escalated?.json?["seq"]?.number)
            // Two intervals later no one has been asked again.
            #expect(receiver.next(within: .milliseconds(4_500)).map { $0.id == next.id } ?? true)
            let later = try service.caller().get(
                "/v1/incidents/\(incident)/timeline?kind=nag_sent&after=\(seq)")
            let abouts = later?.json?["items"]?.items?.map { $0["data"]?["about"]?.text ?? "?" } ?? []
            #expect(!abouts.contains("decision"), "\(abouts)")
        }

        @Test func `a standstill is asked about once, and a finding ends it`() throws {
            service.settings["DRUMBEAT_NO_PROGRESS"] = "2s"
            try service.start()
            try register(#""progress.stalled""#)
            let incident = try service.declare()
            let first = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            #expect(first.nag?["about"]?.text == "no_progress")
            #expect(receiver.next(within: .milliseconds(2_500)) == nil, "once is enough")
            let note = try service.caller().post(
                "/v1/incidents/\(incident)/timeline", #"{"text": "The disk is full", "kind": "finding"}"#)
            #expect(note?.status == 201)
            let second = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            #expect(second.nag?["deadline"]?.text != first.nag?["deadline"]?.text)
        }

        @Test func `a snooze holds over a kill`() throws {
            service.settings["DRUMBEAT_FIRST_UPDATE"] = "3s"
            try service.start()
            try register(#""update.overdue""#)
            let incident = try service.declare()
            let snoozed = try service.caller().post(
                "/v1/incidents/\(incident)/cadence/snoozes", #"{"minutes": 1, "reason": "with the vendor"}"#)
            #expect(snoozed?.status == 201, "\(snoozed?.text ?? "no answer")")
            service.kill()
            try service.start()
            #expect(receiver.next(within: .seconds(5)) == nil)
            let read = try service.caller().get("/v1/incidents/\(incident)")?.json
            #expect(read?["cadence"]?["nags_sent"]?.number == 0)
            #expect(
                read?["cadence"]?["snoozed_until"]?.text == snoozed?.json?["data"]?["snoozed_until"]?.text)
        }
    }
}
