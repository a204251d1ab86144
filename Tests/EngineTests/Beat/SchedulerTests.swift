import Engine
import Incidents
import Journal
import ServiceSupport
import TestSupport
import Testing
import Time

struct SchedulerTests {
    let time = ManualTime()
    let service: TestService
    /// The first deadline of the incident declared at the start.
    let due: Timestamp

    init() throws {
        service = try TestService(time: time)
        service.run(.declare())
        due = service.now + .seconds(300)
    }

    /// One tick at a moment, and what the lane makes of it.
    @discardableResult
    private func tick(at moment: Timestamp, of service: TestService? = nil) -> Timestamp? {
        let service = service ?? self.service
        time.advance(by: max(.zero, moment - service.now))
        let next = service.scheduler.tick(at: moment)
        service.takeTurns()
        return next
    }

    @Test func `only a moment that is earlier than all others asks for a tick`() throws {
        let first = try #require(service.incidents.snapshot(1))
        let scheduler = Scheduler<Incident>(
            shelf: service.incidents, submit: { _ in }, announced: { _, _ in }, log: { _, _, _ in })
        #expect(scheduler.observe([first]))
        #expect(!scheduler.observe([first]))
        service.run(.note(1, "nothing to do with the beat"))
        #expect(!scheduler.observe([try #require(service.incidents.snapshot(1))]))
        time.advance(by: .seconds(10))
        service.run(.declare())
        #expect(!scheduler.observe([try #require(service.incidents.snapshot(2))]))
        let other = Scheduler<Incident>(
            shelf: service.incidents, submit: { _ in }, announced: { _, _ in }, log: { _, _, _ in })
        #expect(other.observe([try #require(service.incidents.snapshot(2))]))
        #expect(other.observe([first]))
    }

    private func nags(about: NagSent.About = .update, of service: TestService? = nil) throws -> [NagSent] {
        try (service ?? self.service).entries(of: 1).compactMap { entry in
            guard let nag = try entry.nag(), nag.about == about else { return nil }
            return nag
        }
    }

    @Test func `a nag is sent at its moment, not a millisecond earlier, and once`() throws {
        #expect(tick(at: due - .milliseconds(1)) == due)
        #expect(try nags().isEmpty)
        tick(at: due)
        #expect(try nags().map(\.number) == [1])
        #expect(try nags().map(\.dueAt) == [due])
        #expect(tick(at: due) == due + .seconds(300))
        #expect(tick(at: due + .seconds(299)) == due + .seconds(300))
        #expect(try nags().count == 1)
        tick(at: due + .seconds(300))
        #expect(try nags().map(\.number) == [1, 2])
    }

    @Test func `after downtime one late nag is sent, with the highest number that had come`() throws {
        service.end()
        time.advance(by: .seconds(40_000))
        let again = try TestService(in: service.folder, time: time)
        tick(at: again.now, of: again)
        tick(at: again.now, of: again)
        // One about each thing that is missing, and no more.
        #expect(try nags(of: again).map(\.number) == [20])
        #expect(try nags(of: again).map(\.breached) == [true])
        #expect(try nags(about: .decision, of: again).map(\.number) == [12])
        #expect(try nags(about: .noProgress, of: again).isEmpty, "the breach says more to more people")
    }

    @Test func `a nag is not sent after the update it asks for`() throws {
        time.advance(by: due - service.now)
        // The nag is asked for, and the update comes first into the lane's transaction.
        let update = service.submit(.update(1))
        service.takeTurns()
        _ = service.scheduler.tick(at: due)
        service.takeTurns()
        #expect(update.value?.entry != nil)
        #expect(try nags().isEmpty)
        #expect(tick(at: due) == due + .seconds(780), "next it is announced, two minutes before its deadline")
    }

    @Test func `an update decided in the batch that holds the nag stops it when it comes first`() throws {
        time.advance(by: due - service.now)
        _ = service.scheduler.tick(at: due)
        // Nags are urgent: the update of the same batch comes after it.
        service.submit(.update(1))
        service.takeTurns()
        #expect(try nags().count == 1)
        #expect(
            try service.entries(of: 1).map(\.kind) == [Declared.kind, NagSent.kind, UpdatePublished.kind])
        tick(at: due + .seconds(300))
        #expect(try nags().count == 1, "nag 2 was for the deadline that the update met")
    }

    @Test func `nothing is sent after the end, and again after reopening`() throws {
        service.run(.resolve(1))
        #expect(tick(at: due + .seconds(9_000)) == nil)
        #expect(try nags().isEmpty)
        service.run(.status(1, .investigating))
        let next = service.now + .seconds(300)
        #expect(tick(at: service.now) == next - .seconds(120))
        tick(at: next)
        #expect(try nags().count == 1)
    }

    @Test func `a deadline is announced once, two minutes before it`() throws {
        service.run(.webhook("a", events: ["update.due_soon"]))
        #expect(tick(at: due - .seconds(121)) == due - .seconds(120))
        #expect(try service.store.deliveries().isEmpty)
        tick(at: due - .seconds(120))
        #expect(tick(at: due - .seconds(60)) == due)
        let announced = try service.store.deliveries()
        #expect(announced.map(\.dueAt) == [due])
        #expect(announced.map(\.expiresAt) == [due])
        #expect(try service.entries(of: 1).count == 1, "it is no entry")
    }

    @Test func `a restart within those two minutes announces nothing twice, and hurts no one`() throws {
        service.run(.webhook("a", events: ["update.due_soon"]))
        tick(at: due - .seconds(100))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        again.run(.webhook("b", events: ["update.*"]))
        let note = again.submit(.note(1, "in the same batch"))
        tick(at: due - .seconds(90), of: again)
        #expect(note.value?.entry != nil)
        #expect(try again.store.deliveries().map(\.webhook) == ["a", "b"], "b had not heard of it")
        #expect(tick(at: due - .seconds(80), of: again) == due, "it does not ask again")
        #expect(again.log.events.filter { $0.hasPrefix("lane.") } == [])
    }

    @Test func `an announcement comes too late after its deadline, or after an update`() throws {
        service.run(.webhook("a", events: ["update.due_soon"]))
        time.advance(by: due - .seconds(60) - service.now)
        let update = service.submit(.update(1))
        service.run(.lookAgain(1))
        #expect(update.value?.entry != nil)
        service.run(.lookAgain(1))
        #expect(try service.store.deliveries().isEmpty, "the deadline that was near is met")
        time.advance(by: .seconds(900))
        service.run(.lookAgain(1))
        #expect(try nags().count == 1)
        #expect(try service.store.deliveries().isEmpty, "the next one has passed")
    }

    @Test func `a deadline that passed in silence, as nags were snoozed, is announced no more`() throws {
        service.run(.webhook("a", events: ["update.due_soon"]))
        time.advance(by: due - .seconds(121) - service.now)
        let snooze = SnoozeNags(minutes: 10, reason: "on a call")
        #expect(service.run(.change(.number(1), snooze, showing: .entry)).entry != nil)
        time.advance(by: due - service.now)
        service.run(.lookAgain(1))
        #expect(try nags().isEmpty)
        #expect(try service.store.deliveries().isEmpty)
    }

    @Test func `a look announces nothing before its moment or about no one, and no deadline twice`() throws {
        service.run(.webhook("a", events: ["update.due_soon"]))
        time.advance(by: due - .seconds(120) - .milliseconds(1) - service.now)
        #expect(service.run(.lookAgain(1)).refusal == nil)
        time.advance(by: .milliseconds(1))
        #expect(service.run(.lookAgain(9)).refusal == nil)
        #expect(try service.store.deliveries().isEmpty)
        #expect(service.run(.lookAgain(1)).refusal == nil)
        #expect(service.run(.lookAgain(1)).refusal == nil)
        #expect(try service.store.deliveries().map(\.dueAt) == [due])
    }

    @Test func `what the lane could not do is asked for again after a second`() throws {
        service.store.plan(.refusesBatch)
        tick(at: due)
        #expect(try nags().isEmpty)
        #expect(service.scheduler.tick(at: due) == due + .seconds(1))
        tick(at: due + .milliseconds(999))
        #expect(try nags().isEmpty)
        tick(at: due + .seconds(1))
        #expect(try nags().count == 1)
        #expect(service.log.events.contains("nag.delayed"))
    }

    @Test func `a full lane delays no nag`() throws {
        time.advance(by: due - service.now)
        for token in 0..<90 {
            for _ in 0..<100 { service.submit(.raise(1, to: .major), of: "tok_\(token)") }
        }
        #expect(service.submit(.raise(1, to: .major), of: "tok_late").value?.isOverloaded == true)
        #expect(service.scheduler.tick(at: due) == nil)
        service.lane.turn()
        #expect(try nags().count == 1)
        #expect(!service.log.events.contains("nag.delayed"))
        service.takeTurns()
    }

    @Test func `a nag that waits in the lane is not asked for a second time`() throws {
        time.advance(by: due - service.now)
        _ = service.scheduler.tick(at: due)
        service.scheduler.observe([try #require(service.incidents.snapshot(1))])
        _ = service.scheduler.tick(at: due)
        let batches = service.store.commits
        service.takeTurns()
        #expect(service.store.commits == batches + 1)
        #expect(try nags().count == 1)
    }

    @Test func `nags become rarer, and end in those about a stale incident`() throws {
        var looks = 0
        while let next = service.scheduler.tick(at: service.now), looks < 100 {
            tick(at: next)
            looks += 1
        }
        // One for the announcement and one for each nag: eight of the twelve for the decision fall on moments of nags for the update. A
        // day later, and each day for a fortnight, one says that it is stale.
        #expect(looks == 1 + 33 + 12 - 8 + 14)
        #expect(try nags(about: .stale).map(\.number) == Array(1...14))
        #expect(try nags(about: .decision).map(\.number) == Array(1...12))
        #expect(try nags(about: .noProgress).isEmpty)
        #expect(try nags().map(\.number) == Array(1...33))
        #expect(try nags().map(\.breached) == [false, false] + Array(repeating: true, count: 31))
    }
}
