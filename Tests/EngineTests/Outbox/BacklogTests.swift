import Journal
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// A webhook that is far behind is marked, and told.
struct BacklogTests {
    let time = ManualTime()
    let transport = RecordingTransport()
    let service: TestService

    init() throws {
        service = try TestService(time: time, transport: transport)
        service.run(.webhook("a"))
    }

    private var behindSince: Timestamp? { service.credentials.webhook("a")?.behindSince }

    private func tick(after pause: Duration = .zero) {
        time.advance(by: pause)
        _ = service.outbox.tick(at: service.now)
        service.takeTurns()
    }

    @Test func `one that takes nothing for two minutes is marked once, told, and caught up once`() throws {
        service.run(.declare())
        tick()
        service.run(.raise(1, to: .critical))
        tick(after: .seconds(119))
        #expect(behindSince == nil)
        #expect(transport.sent.map(\.backlog) == [nil])
        tick(after: .seconds(5))
        let since = try #require(behindSince)
        for _ in 0..<5 { tick(after: .seconds(6)) }
        #expect(behindSince == since)
        #expect(service.log.events.count { $0 == "webhook.behind" } == 1)
        // The attempt that hung ends at last; the next one says how many wait.
        transport.answer(.failed("no answer"))
        service.takeTurns()
        tick(after: .seconds(6))
        #expect(transport.sent.count == 2)
        #expect(transport.sent.last?.backlog == 2)
        transport.accept()
        service.takeTurns()
        tick(after: .seconds(6))
        transport.accept()
        service.takeTurns()
        tick(after: .seconds(6))
        #expect(behindSince == nil)
        #expect(service.log.events.count { $0 == "webhook.caught_up" } == 1)
        service.run(.declare())
        tick()
        #expect(transport.sent.last?.backlog == nil)
    }

    @Test func `so is one for which too many wait`() throws {
        for _ in 0..<BacklogWatch.pendingMax { service.submit(.testWebhook("a")) }
        service.takeTurns()
        tick()
        #expect(behindSince != nil)
        service.run(.testWebhook("a"))
        transport.accept()
        service.takeTurns()
        tick(after: .seconds(1))
        #expect((transport.sent.last?.backlog ?? 0) >= BacklogWatch.pendingMax)
    }

    @Test func `a failed delivery that waits for its moment is no backlog`() throws {
        service.run(.declare())
        for _ in 0..<6 {
            tick()
            transport.answer(.status(500))
            service.takeTurns()
            tick(after: .seconds(180))
        }
        #expect(behindSince == nil)
    }

    @Test func `the mark outlives a restart, and goes when the webhook is switched off`() throws {
        service.run(.declare())
        tick()
        service.run(.raise(1, to: .critical))
        tick(after: .seconds(130))
        #expect(behindSince != nil)
        service.end()
        let again = try TestService(in: service.folder, time: time, transport: RecordingTransport())
        #expect(again.credentials.webhook("a")?.behindSince == behindSince)
        var edit = EditWebhook.Changes()
        edit.isEnabled = false
        again.run(.editWebhook("a", edit))
        #expect(again.credentials.webhook("a")?.behindSince == nil)
    }

    @Test func `a mark that the store refused is made later`() throws {
        service.run(.declare())
        tick()
        service.run(.raise(1, to: .critical))
        service.store.plan(.refusesLock)
        tick(after: .seconds(130))
        #expect(behindSince == nil)
        tick(after: .seconds(6))
        #expect(behindSince != nil)
    }

    @Test(arguments: [
        (500, 0, false, false), (999, 119, false, false), (1_000, 0, false, true), (0, 120, false, true),
        (500, 0, true, true), (499, 59, true, false), (0, 60, true, true),
    ])
    func `the edge is sticky, so that one on it is not marked again and again`(
        pending: Int, late: Int, isMarked: Bool, isBehind: Bool
    ) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let backlog = Backlog(pending: pending, firstDue: now - .seconds(late))
        #expect(BacklogWatch.isBehind(backlog, isMarked, at: now) == isBehind)
    }
}
