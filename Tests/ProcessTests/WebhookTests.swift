import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

extension Binary {
    /// Webhooks from outside: what a receiver sees of a rotation, of a lost acknowledgement, of a retry by hand.
    @Suite(.serialized) struct WebhookTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat(["DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8"])
        }

        private func register(_ receiver: Receiver, events: String = "*") throws -> (
            id: String, secret: String
        ) {
            let answer = try service.caller().post(
                "/v1/webhooks", #"{"url": "\#(receiver.url())", "events": ["\#(events)"]}"#)
            return (
                try #require(answer?.json?["id"]?.text, "\(answer?.text ?? service.log)"),
                try #require(answer?.json?["secret"]?.text)
            )
        }

        @Test func `during a rotation a receiver may hold the old or the new secret, also after a restart`()
            throws
        {
            let receiver = try Receiver.accepting()
            try service.start()
            let (id, old) = try register(receiver)
            func test() throws -> Receiver.Request {
                let answer = try service.caller().post("/v1/webhooks/\(id)/test", "{}")
                #expect(answer?.status == 202)
                return try #require(receiver.next(within: .seconds(10)), "\(service.log)")
            }
            #expect(try Python.objection(to: test(), secret: old) == nil)

            let rotated = try service.caller().post("/v1/webhooks/\(id)/rotate-secret", "{}")
            let new = try #require(rotated?.json?["secret"]?.text)
            for isRestarted in [false, true] {
                if isRestarted {
                    service.kill()
                    try service.start()
                }
                let message = try test()
                #expect(message.field("webhook-signature").split(separator: " ").count == 2)
                #expect(try Python.objection(to: message, secret: new) == nil)
                #expect(try Python.objection(to: message, secret: old) == nil)
            }
            let leaked = try service.caller().post(
                "/v1/webhooks/\(id)/rotate-secret", #"{"overlap_seconds": 0}"#)
            let last = try #require(leaked?.json?["secret"]?.text)
            let message = try test()
            #expect(try Python.objection(to: message, secret: last) == nil)
            for ended in [old, new] { #expect(try Python.objection(to: message, secret: ended) != nil) }
        }

        /// F17: the receiver has said 200 and the sender has read it, but it dies before that is committed.
        @Test
        func `an acknowledgement that is lost in a kill brings the same id again, and no event is lost`()
            throws
        {
            let lock = Mutex<Child?>(nil)
            let database = service.database
            let isLocking = Mutex(true)
            // Another process holds the store, so that the end of the attempt cannot be recorded.
            let receiver = try Receiver.accepting {
                guard isLocking.withLock({ $0 }) else { return }
                let child = try? Python.lock(database)
                lock.withLock { $0 = child }
            }
            try service.start()
            _ = try register(receiver, events: "incident.*")
            var ids: [String] = []
            let rounds = 3
            for round in 1...rounds {
                isLocking.withLock { $0 = true }
                _ = try service.declare("round \(round)")
                let lost = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
                service.kill()
                try #require(lock.withLock { $0 } != nil, "the store was not held")
                lock.withLock { child in
                    child?.end()
                    child = nil
                }
                isLocking.withLock { $0 = false }
                try service.start()
                let again = try #require(receiver.next(within: .seconds(10)), "\(service.log)")
                #expect(again.id == lost.id, "round \(round)")
                #expect(again.body == lost.body)
                ids.append(lost.id)
                // Its end is recorded by now, or soon: nothing is left to send.
                let path = "/v1/deliveries/\(lost.id)"
                #expect(
                    try becomes { try service.caller().get(path)?.json?["state"]?.text == "delivered" })
            }
            #expect(Set(ids).count == rounds, "distinct ids = events")
            #expect(receiver.next(within: .milliseconds(300)) == nil)
        }

        @Test func `a dead letter is seen, repaired and sent again by hand, with the id it always had`()
            throws
        {
            let receiver = try Receiver.accepting()
            try service.start()
            let (id, _) = try register(receiver, events: "incident.declared")
            let path = "/v1/webhooks/\(id)"
            let caller = try service.caller()
            // No one listens on port 9 of the loopback.
            #expect(caller.send("PATCH", path, #"{"url": "http://127.0.0.1:9/"}"#)?.status == 200)
            _ = try service.declare()
            var delivery: JSONValue?
            #expect(
                becomes {
                    delivery = caller.get("\(path)/deliveries")?.json?["items"]?.items?.first
                    return delivery?["attempt_count"]?.number == 1
                }, "\(service.log)")
            let message = try #require(delivery?["id"]?.text)
            let error = delivery?["attempts"]?.items?.first?["error"]?.text
            #expect(
                error?.contains("refused") == true || error?.contains("connect") == true, "\(error ?? "-")")
            #expect(caller.send("PATCH", path, #"{"url": "\#(receiver.url())"}"#)?.status == 200)
            let retried = caller.post("/v1/deliveries/\(message)/retry", "{}")
            #expect(retried?.status == 202, "\(retried?.text ?? "no answer")")
            #expect(receiver.next(within: .seconds(2))?.id == message)
        }
    }
}
