import Journal
import Testing
import Time

@testable import Coordination

/// What people do to deliveries and secrets, down to the next attempt.
struct RetryByHandTests {
    let folder: TemporaryFolder
    let time = ManualTime()
    let transport = RecordingTransport()
    let house: House

    init() throws {
        folder = try TemporaryFolder()
        house = try House(folder.file(), time: time, transport: transport)
        house.run(.endpoint("a"))
    }

    private func turn(_ house: House? = nil) {
        let house = house ?? self.house
        _ = house.outbox.turn(at: house.now)
        house.takeTurns()
    }

    private func answer(_ result: OutboundResult) {
        transport.answer(result)
        house.takeTurns()
    }

    private func delivery(_ id: Int) throws -> Delivery {
        try #require(try house.store.deliveries().first { $0.id == id })
    }

    private func retry(_ id: Int) throws {
        let result = house.run(.retryDelivery(try delivery(id).messageID))
        guard case .success(.retried) = result else { throw result.refusal ?? .internalFault("\(result)") }
    }

    /// Fails at every moment of the schedule.
    private func exhaust(_ id: Int) throws {
        while try delivery(id).state == .pending {
            turn()
            answer(.status(500))
            time.advance(by: max(.zero, try delivery(id).nextAt - house.now))
        }
    }

    @Test func `a dead letter goes out again at once, with the same id and body`() throws {
        house.run(.declare())
        turn()
        answer(.status(500))
        time.advance(by: .seconds(86_500))
        turn()
        #expect(try delivery(1).state == .exhausted)
        let sent = transport.sent.count
        try retry(1)
        #expect(house.pokes.takeOutbox())
        turn()
        #expect(transport.sent.count == sent + 1)
        #expect(transport.sent.last?.id == transport.sent.first?.id)
        #expect(transport.sent.last?.body == transport.sent.first?.body)
        answer(.status(200))
        #expect(try delivery(1).state == .delivered)
        #expect(try house.reader.attempts(of: [1])[1]?.map(\.status) == [500, 200])
    }

    @Test func `its schedule begins anew, to the last attempt`() throws {
        house.run(.declare())
        turn()
        answer(.status(500))
        try retry(1)
        for attempt in 1...10 {
            turn()
            #expect(transport.waiting.count == 1, "\(attempt)")
            answer(.status(500))
            #expect(try delivery(1).state == .pending, "\(attempt)")
            time.advance(by: max(.zero, try delivery(1).nextAt - house.now))
        }
        #expect(try delivery(1).attempts == 11)
        #expect(try delivery(1).attemptsBefore == 1)
    }

    @Test func `one that waits for its moment goes first, before those that are due`() throws {
        house.run(.declare())
        turn()
        answer(.status(500))
        house.run(.declare())
        house.run(.declare())
        try retry(1)
        turn()
        #expect(transport.waiting == [try delivery(1).messageID])
    }

    @Test func `one that was never tried does not overtake those before it`() throws {
        for _ in 0..<3 { house.run(.declare()) }
        try retry(3)
        turn()
        #expect(transport.waiting == [try delivery(1).messageID])
    }

    @Test func `one that is under way is not sent twice`() throws {
        house.run(.declare())
        turn()
        try retry(1)
        turn()
        #expect(transport.sent.count == 1)
        answer(.status(200))
        turn()
        #expect(transport.sent.count == 1)
        #expect(try delivery(1).state == .delivered)
    }

    @Test func `a Retry-After does not hold up what somebody wants sent`() throws {
        house.run(.declare())
        turn()
        answer(.status(503, retryAfter: .seconds(3_600)))
        turn()
        #expect(transport.sent.count == 1)
        try retry(1)
        turn()
        #expect(transport.sent.count == 2)
    }

    @Test func `a superseded nag is sent once more, until something supersedes it again`() throws {
        house.run(.declare())
        turn()
        answer(.status(200))
        time.advance(by: .seconds(300))
        _ = house.scheduler.turn(at: house.now)
        house.takeTurns()
        house.run(.update(1))
        let nag = try #require(try house.store.deliveries().first { $0.type == .updateOverdue })
        #expect(nag.state == .superseded)
        try retry(nag.id)
        #expect(try delivery(nag.id).expiresAt >= house.now + .seconds(900))
        turn()
        #expect(transport.waiting.contains(nag.messageID))
        answer(.status(500))
        house.run(.update(1))
        #expect(try delivery(nag.id).state == .superseded)
    }

    @Test func `an attempt that ends in the batch of a retry by hand does not undo it`() throws {
        house.run(.declare())
        turn()
        answer(.status(500))
        let id = try delivery(1).messageID
        house.submit(.recordAttempt(delivery: 1, house.ended(.status(200))))
        house.submit(.retryDelivery(id))
        house.takeTurns()
        #expect(try delivery(1).state == .pending)
        #expect(try delivery(1).attempts == 2)
        house.submit(.retryDelivery(id))
        house.submit(.recordAttempt(delivery: 1, house.ended(.status(200))))
        house.takeTurns()
        // What is recorded goes first, so the wish stands: sent twice rather than not at all.
        #expect(try delivery(1).state == .pending)
    }

    @Test func `after a restart a retry by hand is still wanted, on its own schedule`() throws {
        house.run(.declare())
        try exhaust(1)
        #expect(try delivery(1).state == .exhausted)
        try retry(1)
        house.end()
        let next = RecordingTransport()
        let again = try House(folder.file(), time: time, transport: next)
        turn(again)
        #expect(next.sent.count == 1)
        next.answer(.status(500))
        again.takeTurns()
        #expect(try again.store.deliveries().first?.state == .pending)
    }

    @Test func `a rotation signs with both secrets, the new one first, until the overlap ends`() throws {
        func secrets(_ house: House? = nil) -> [String]? {
            let house = house ?? self.house
            house.run(.testEndpoint("a"))
            turn(house)
            transport.accept()
            house.takeTurns()
            return transport.sent.last?.secrets
        }
        house.run(.rotateSecret(endpoint: "a", to: "whsec_2", overlap: .seconds(60)))
        #expect(secrets() == ["whsec_2", "whsec_a"])
        // Again within the overlap: both older ones sign to their own end.
        time.advance(by: .seconds(20))
        house.run(.rotateSecret(endpoint: "a", to: "whsec_3", overlap: .seconds(60)))
        #expect(secrets() == ["whsec_3", "whsec_2", "whsec_a"])
        time.advance(by: .seconds(40))
        #expect(secrets() == ["whsec_3", "whsec_2"])
        house.end()
        let again = try House(folder.file(), time: time, transport: transport)
        #expect(secrets(again) == ["whsec_3", "whsec_2"])
        time.advance(by: .seconds(20))
        #expect(secrets(again) == ["whsec_3"])
        again.run(.keep)
        #expect(again.directory.endpoint("a")?.previousSecrets == [])
    }

    @Test func `more rotations than there is room for end the oldest, and no overlap ends all`() throws {
        for number in 2...5 {
            house.run(.rotateSecret(endpoint: "a", to: "whsec_\(number)", overlap: .seconds(60)))
        }
        #expect(house.directory.endpoint("a")?.secrets(at: house.now) == ["whsec_5", "whsec_4", "whsec_3"])
        // Back to one that still signs: it is not named twice.
        house.run(.rotateSecret(endpoint: "a", to: "whsec_4", overlap: .seconds(60)))
        #expect(house.directory.endpoint("a")?.secrets(at: house.now) == ["whsec_4", "whsec_5", "whsec_3"])
        house.run(.rotateSecret(endpoint: "a", to: "whsec_6", overlap: .zero))
        #expect(house.directory.endpoint("a")?.secrets(at: house.now) == ["whsec_6"])
    }

    @Test func `another URL is not left alone because the one before asked for it`() throws {
        house.run(.declare())
        turn()
        answer(.status(503, retryAfter: .seconds(3_600)))
        house.run(.raise(1, to: .critical))
        var edit = EndpointEdit()
        edit.url = "https://b.test/hook"
        house.run(.editEndpoint("a", edit, ifMatch: nil))
        turn()
        #expect(transport.sent.last?.url == "https://b.test/hook")
    }

    @Test func `a late 410 of the URL before does not switch off the one after it`() throws {
        house.run(.declare())
        turn()
        var edit = EndpointEdit()
        edit.url = "https://b.test/hook"
        house.run(.editEndpoint("a", edit, ifMatch: nil))
        answer(.status(410))
        let endpoint = try #require(house.directory.endpoint("a"))
        #expect(endpoint.disabledAt == nil && endpoint.failingSince == nil)
        #expect(try delivery(1).lastStatus == 410)
        #expect(try delivery(1).state == .pending)
    }

    @Test func `deliveries that ended a month ago are forgotten in slices, what is pending never`() throws {
        for _ in 0..<3 { house.run(.declare()) }
        for id in 1...2 { house.run(.recordAttempt(delivery: id, house.ended(.status(200)))) }
        time.advance(by: .seconds(30 * 86_400 - 1))
        house.run(.keep)
        #expect(try house.store.deliveries().count == 3)
        try retry(2)
        house.run(.recordAttempt(delivery: 2, house.ended(.status(200))))
        house.run(.declare())
        house.run(.recordAttempt(delivery: 4, house.ended(.status(200))))
        time.advance(by: .seconds(2))
        house.run(.keep)
        #expect(try house.store.deliveries().map(\.id) == [2, 3, 4], "2 was sent again, 3 is pending")
        #expect(try house.reader.attempts(of: [1])[1]?.isEmpty == true)
        time.advance(by: .seconds(60 * 86_400))
        house.run(.keep)
        #expect(try house.store.deliveries().map(\.id) == [3, 4], "the last one counts on")
        house.run(.declare())
        #expect(try house.reader.head().delivery == 5)
    }

    @Test func `more than a slice is forgotten over several turns, and the keeper is told to go on`() throws {
        let count = Turn.forgottenMax + 10
        for _ in 0..<count { house.submit(.testEndpoint("a")) }
        house.takeTurns()
        for id in 1...count { house.submit(.recordAttempt(delivery: id, house.ended(.status(200)))) }
        house.takeTurns()
        time.advance(by: .seconds(31 * 86_400))
        guard case .success(.unfinished) = house.run(.keep) else {
            Issue.record("there is more to forget")
            return
        }
        #expect(try house.store.deliveries().count == 10)
        guard case .success(.done) = house.run(.keep) else {
            Issue.record("nothing is left")
            return
        }
        #expect(try house.store.deliveries().map(\.id) == [count])
    }
}
