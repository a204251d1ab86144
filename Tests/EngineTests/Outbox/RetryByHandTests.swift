import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// What people do to deliveries and secrets, down to the next attempt.
struct RetryByHandTests {
    let time = ManualTime()
    let transport = RecordingTransport()
    let service: TestService

    init() throws {
        service = try TestService(time: time, transport: transport)
        service.run(.webhook("a"))
    }

    private func tick(_ service: TestService? = nil) {
        let service = service ?? self.service
        _ = service.outbox.tick(at: service.now)
        service.takeTurns()
    }

    private func answer(_ result: OutboundResult) {
        transport.answer(result)
        service.takeTurns()
    }

    private func delivery(_ id: Int) throws -> Delivery {
        try #require(try service.store.deliveries().first { $0.id == id })
    }

    private func retry(_ id: Int) throws {
        let result = service.run(.retryDelivery(try delivery(id).messageID))
        guard result.outcome?.effect == .accepted else {
            throw result.refusal ?? Refusal(.internalFault, "\(result)")
        }
    }

    /// Fails at every moment of the schedule.
    private func exhaust(_ id: Int) throws {
        while try delivery(id).state == .pending {
            tick()
            answer(.status(500))
            time.advance(by: max(.zero, try delivery(id).nextAt - service.now))
        }
    }

    @Test func `a dead letter goes out again at once, with the same id and body`() throws {
        service.run(.declare())
        tick()
        answer(.status(500))
        time.advance(by: .seconds(86_500))
        tick()
        #expect(try delivery(1).state == .exhausted)
        let sent = transport.sent.count
        try retry(1)
        #expect(service.pokes.takeOutbox())
        tick()
        #expect(transport.sent.count == sent + 1)
        #expect(transport.sent.last?.id == transport.sent.first?.id)
        #expect(transport.sent.last?.body == transport.sent.first?.body)
        answer(.status(200))
        #expect(try delivery(1).state == .delivered)
        #expect(try service.reader.attempts(of: [1])[1]?.map(\.status) == [500, 200])
    }

    @Test func `its schedule begins again, to the last attempt`() throws {
        service.run(.declare())
        tick()
        answer(.status(500))
        try retry(1)
        for attempt in 1...10 {
            tick()
            #expect(transport.waiting.count == 1, "\(attempt)")
            answer(.status(500))
            #expect(try delivery(1).state == .pending, "\(attempt)")
            time.advance(by: max(.zero, try delivery(1).nextAt - service.now))
        }
        #expect(try delivery(1).attempts == 11)
        #expect(try delivery(1).attemptsBefore == 1)
    }

    @Test func `one that waits for its moment goes first, before those that are due`() throws {
        service.run(.declare())
        tick()
        answer(.status(500))
        service.run(.declare())
        service.run(.declare())
        try retry(1)
        tick()
        #expect(transport.waiting == [try delivery(1).messageID])
    }

    @Test func `one that was never tried does not overtake those before it`() throws {
        for _ in 0..<3 { service.run(.declare()) }
        try retry(3)
        tick()
        #expect(transport.waiting == [try delivery(1).messageID])
    }

    @Test func `one that is under way is not sent twice`() throws {
        service.run(.declare())
        tick()
        try retry(1)
        tick()
        #expect(transport.sent.count == 1)
        answer(.status(200))
        tick()
        #expect(transport.sent.count == 1)
        #expect(try delivery(1).state == .delivered)
    }

    @Test func `a Retry-After does not hold up what someone wants sent`() throws {
        service.run(.declare())
        tick()
        answer(.status(503, retryAfter: .seconds(3_600)))
        tick()
        #expect(transport.sent.count == 1)
        try retry(1)
        tick()
        #expect(transport.sent.count == 2)
    }

    @Test func `a superseded nag is sent once more, until something supersedes it again`() throws {
        service.run(.declare())
        tick()
        answer(.status(200))
        time.advance(by: .seconds(300))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        service.run(.update(1))
        let nag = try #require(try service.store.deliveries().first { $0.type == .updateOverdue })
        #expect(nag.state == .superseded)
        try retry(nag.id)
        #expect(try delivery(nag.id).expiresAt >= service.now + .seconds(900))
        tick()
        #expect(transport.waiting.contains(nag.messageID))
        answer(.status(500))
        service.run(.update(1, "Nothing new"))
        #expect(try delivery(nag.id).state == .superseded)
    }

    @Test func `an attempt that ends in the batch of a retry by hand does not undo it`() throws {
        service.run(.declare())
        tick()
        answer(.status(500))
        let id = try delivery(1).messageID
        service.submit(.recordAttempt(delivery: 1, service.ended(.status(200))))
        service.submit(.retryDelivery(id))
        service.takeTurns()
        #expect(try delivery(1).state == .pending)
        #expect(try delivery(1).attempts == 2)
        service.submit(.retryDelivery(id))
        service.submit(.recordAttempt(delivery: 1, service.ended(.status(200))))
        service.takeTurns()
        // What is recorded goes first, so the wish stands: sent twice rather than not at all.
        #expect(try delivery(1).state == .pending)
    }

    @Test func `after a restart a retry by hand is still wanted, on its own schedule`() throws {
        service.run(.declare())
        try exhaust(1)
        #expect(try delivery(1).state == .exhausted)
        try retry(1)
        service.end()
        let next = RecordingTransport()
        let again = try TestService(in: service.folder, time: time, transport: next)
        tick(again)
        #expect(next.sent.count == 1)
        next.answer(.status(500))
        again.takeTurns()
        #expect(try again.store.deliveries().first?.state == .pending)
    }

    @Test func `a rotation signs with both secrets, the new one first, until the overlap ends`() throws {
        func secrets(_ service: TestService? = nil) -> [String]? {
            let service = service ?? self.service
            service.run(.testWebhook("a"))
            tick(service)
            transport.accept()
            service.takeTurns()
            return transport.sent.last?.secrets
        }
        service.run(.rotateSecret(webhook: "a", to: "whsec_2", overlap: .seconds(60)))
        #expect(secrets() == ["whsec_2", "whsec_a"])
        // Again within the overlap: both older ones sign to their own end.
        time.advance(by: .seconds(20))
        service.run(.rotateSecret(webhook: "a", to: "whsec_3", overlap: .seconds(60)))
        #expect(secrets() == ["whsec_3", "whsec_2", "whsec_a"])
        time.advance(by: .seconds(40))
        #expect(secrets() == ["whsec_3", "whsec_2"])
        service.end()
        let again = try TestService(in: service.folder, time: time, transport: transport)
        #expect(secrets(again) == ["whsec_3", "whsec_2"])
        time.advance(by: .seconds(20))
        #expect(secrets(again) == ["whsec_3"])
        again.run(.maintain)
        #expect(again.credentials.webhook("a")?.previousSecrets == [])
    }

    @Test func `more rotations than there is room for end the oldest, and no overlap ends all`() throws {
        for number in 2...5 {
            service.run(.rotateSecret(webhook: "a", to: "whsec_\(number)", overlap: .seconds(60)))
        }
        #expect(
            service.credentials.webhook("a")?.secrets(at: service.now) == ["whsec_5", "whsec_4", "whsec_3"])
        // Back to one that still signs: it is not named twice.
        service.run(.rotateSecret(webhook: "a", to: "whsec_4", overlap: .seconds(60)))
        #expect(
            service.credentials.webhook("a")?.secrets(at: service.now) == ["whsec_4", "whsec_5", "whsec_3"])
        service.run(.rotateSecret(webhook: "a", to: "whsec_6", overlap: .zero))
        #expect(service.credentials.webhook("a")?.secrets(at: service.now) == ["whsec_6"])
    }

    @Test func `another URL is not left alone because the one before asked for it`() throws {
        service.run(.declare())
        tick()
        answer(.status(503, retryAfter: .seconds(3_600)))
        service.run(.raise(1, to: .critical))
        var edit = EditWebhook.Changes()
        edit.url = "https://b.test/hook"
        service.run(.editWebhook("a", edit))
        tick()
        #expect(transport.sent.last?.url == "https://b.test/hook")
    }

    @Test func `a late 410 of the URL before does not switch off the one after it`() throws {
        service.run(.declare())
        tick()
        var edit = EditWebhook.Changes()
        edit.url = "https://b.test/hook"
        service.run(.editWebhook("a", edit))
        answer(.status(410))
        let webhook = try #require(service.credentials.webhook("a"))
        #expect(webhook.disabledAt == nil && webhook.failingSince == nil)
        #expect(try delivery(1).lastStatus == 410)
        #expect(try delivery(1).state == .pending)
    }

    @Test func `deliveries that ended a month ago are forgotten in slices, what is pending never`() throws {
        for _ in 0..<3 { service.run(.declare()) }
        for id in 1...2 { service.run(.recordAttempt(delivery: id, service.ended(.status(200)))) }
        time.advance(by: .seconds(30 * 86_400 - 1))
        service.run(.maintain)
        #expect(try service.store.deliveries().count == 3)
        try retry(2)
        service.run(.recordAttempt(delivery: 2, service.ended(.status(200))))
        service.run(.declare())
        service.run(.recordAttempt(delivery: 4, service.ended(.status(200))))
        time.advance(by: .seconds(2))
        service.run(.maintain)
        #expect(try service.store.deliveries().map(\.id) == [2, 3, 4], "2 was sent again, 3 is pending")
        #expect(try service.reader.attempts(of: [1])[1]?.isEmpty == true)
        time.advance(by: .seconds(60 * 86_400))
        service.run(.maintain)
        #expect(try service.store.deliveries().map(\.id) == [3, 4], "the last one counts on")
        service.run(.declare())
        #expect(try service.reader.head().delivery == 5)
    }

    @Test func `more than a slice is forgotten over several ticks, and the keeper is told to go on`() throws {
        let count = Maintain.forgottenMax + 10
        for _ in 0..<count { service.submit(.testWebhook("a")) }
        service.takeTurns()
        for id in 1...count { service.submit(.recordAttempt(delivery: id, service.ended(.status(200)))) }
        service.takeTurns()
        time.advance(by: .seconds(31 * 86_400))
        #expect(service.run(.maintain).outcome?.isUnfinished == true, "there is more to forget")
        #expect(try service.store.deliveries().count == 10)
        #expect(service.run(.maintain).outcome?.isUnfinished == false, "nothing is left")
        #expect(try service.store.deliveries().map(\.id) == [count])
    }
}
