import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A nag from the missed deadline to the receiver's hand.
    @Suite(.serialized) struct NagTests {
        private let service: Drumbeat
        private let receiver: Receiver

        init() throws {
            receiver = try Receiver.accepting()
            service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "1s", "DRUMBEAT_NAG_STEPS": "0s,1s,2s",
                "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            ])
        }

        private static let roles =
            #", "roles": {"communicator": "bob", "commander": "alice", "scribe": "carol"}"#

        /// Registers the receiver and answers with the signing secret.
        private func register() throws -> String {
            let answer = try service.caller().post(
                "/v1/webhooks", #"{"url": "\#(receiver.url())", "events": ["update.overdue"]}"#)
            try #require(answer?.status == 201, "\(answer?.text ?? "no answer")")
            return try #require(answer?.json?["secret"]?.text)
        }

        /// The nag entries of an incident's journal, as (number, event id).
        private func nags(of incident: String) throws -> [Int] {
            let page = try service.caller().get("/v1/incidents/\(incident)/timeline?kind=nag_sent&limit=200")
            let items = try #require(page?.json?["items"]?.items)
            return items.map { $0["data"]?["number"]?.number ?? 0 }
        }

        @Test func `three nags widen their audience, are signed, and carry a draft and a link`() throws {
            try service.start()
            let secret = try register()
            let incident = try service.declare(more: Self.roles)
            var audiences: [[String]] = []
            for number in 1...3 {
                let message = try #require(
                    receiver.next(within: .seconds(10)), "nag \(number): \(service.log)")
                #expect(message.type == "update.overdue")
                #expect(message.nagNumber == number)
                #expect(message.nag?["about"]?.text == "update")
                #expect((message.nag?["late_seconds"]?.number ?? -1) >= number - 1)
                let to = message.nag?["to"]?.items ?? []
                audiences.append(to.map { $0["person"]?.text ?? "?" })
                #expect(
                    message.nag?["link"]?.text == "http://\(service.address)/v1/incidents/\(incident)")
                let draft = message.json?["data"]?["draft"]
                #expect(draft?["text"]?.text?.contains("We know about the problem") == true, "\(number)")
                #expect(draft?["basis_seq"]?.number == message.json?["data"]?["entry"]?["seq"]?.number)
                #expect(message.json?["data"]?["incident"]?["ref"]?.text == incident)
                #expect(message.json?["data"]?["entry"]?["kind"]?.text == "nag_sent")

                #expect(try isSigned(message, secret))
                #expect(try Python.objection(to: message, secret: secret) == nil)
                #expect(try Python.objection(to: tampered(message), secret: secret) != nil)
            }
            #expect(
                audiences.map { $0.sorted() } == [["bob"], ["alice", "bob"], ["alice", "bob", "carol"]])
            let read = try service.caller().get("/v1/incidents/\(incident)")?.json
            #expect(read?["cadence"]?["nags_sent"]?.number == 3)
            #expect(read?["cadence"]?["breached"] == .bool(true))
        }

        @Test func `an update stops the nags`() throws {
            try service.start()
            _ = try register()
            let incident = try service.declare(more: Self.roles)
            #expect(receiver.next(within: .seconds(10))?.nagNumber == 1)
            let update = try service.caller().post(
                "/v1/incidents/\(incident)/status-updates",
                #"{"audience": "public", "text": "We are on it."}"#)
            #expect(update?.status == 201)
            // Numbers 2 and 3 would be due within two seconds.
            #expect(receiver.next(within: .milliseconds(2_500)) == nil)
            #expect(try nags(of: incident) == [1])
        }

        @Test func `kills in between neither double nor lose a nag`() throws {
            try service.start()
            let port = service.address
            _ = try register()
            let incident = try service.declare(more: Self.roles)
            var ids: [Int: Set<String>] = [:]
            // One kill before the first nag is due, one as soon as the receiver holds it, before its end can be recorded.
            service.kill()
            service.settings["DRUMBEAT_LISTEN"] = port
            try service.start()
            let first = try #require(receiver.next(within: .seconds(10)))
            service.kill()
            try service.start()
            ids[first.nagNumber ?? 0, default: []].insert(first.id)
            while ids[3] == nil {
                let message = try #require(receiver.next(within: .seconds(10)), "\(ids) \(service.log)")
                ids[message.nagNumber ?? 0, default: []].insert(message.id)
            }
            // The same nag may arrive twice, but then by the same id.
            #expect(ids.values.allSatisfy { $0.count == 1 }, "\(ids)")
            #expect(try nags(of: incident) == ids.keys.sorted())
            #expect(ids[1] != nil || ids[2] != nil)
        }

        @Test func `a deadline long gone costs one late nag after the restart`() throws {
            service.settings["DRUMBEAT_NAG_STEPS"] = "0s,1s,900s"
            try service.start()
            _ = try register()
            let incident = try service.declare(more: Self.roles)
            service.kill()
            // The moments of nags 1 and 2 pass while no one is there to send them.
            #expect(receiver.next(within: .milliseconds(2_500)) == nil)
            try service.start()
            let late = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            #expect(late.nagNumber == 2)
            #expect((late.nag?["late_seconds"]?.number ?? 0) >= 1)
            #expect(receiver.next(within: .milliseconds(1_500)) == nil)
            #expect(try nags(of: incident) == [2])
        }

        /// The signature as Standard Webhooks 1.0 has it, worked out by the openssl command.
        private func isSigned(_ message: Receiver.Request, _ secret: String) throws -> Bool {
            try #require(secret.hasPrefix("whsec_"))
            let script = """
                key=$(printf %s "$1" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
                openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64
                """
            let signed =
                "\(message.id).\(message.field("webhook-timestamp")).\(String(decoding: message.body, as: UTF8.self))"
            let run = try Child.run(
                ["sh", "-c", script, "sh", String(secret.dropFirst("whsec_".count))], in: "/tmp",
                input: signed)
            try #require(run.ending == .exited(0), "\(run.errors)")
            let expected = "v1,\(run.output.split(separator: "\n").first ?? "")"
            return message.field("webhook-signature") == expected
        }

        private func tampered(_ message: Receiver.Request) -> Receiver.Request {
            var message = message
            message.body += Array(" ".utf8)
            return message
        }
    }
}
