import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// Counts that are maintained incrementally equal a recount.
struct CountsTests {
    let time = ManualTime()
    let service: TestService

    init() throws { service = try TestService(time: time) }

    private func pass(_ duration: Duration) {
        time.advance(by: duration)
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
    }

    private func expectTrueCounts(at place: SourceLocation = #_sourceLocation) {
        let open = service.incidents.open(before: nil, limit: 10_000) { _ in true }.items.map(\.incident)
        let counts = service.incidents.counts()
        for severity in Severity.allCases {
            #expect(
                counts.bySeverity[severity] ?? 0 == open.filter { $0.severity == severity }.count,
                sourceLocation: place)
        }
        #expect(counts.breached == open.filter(\.cadence.breached).count, sourceLocation: place)
        _ = service.scheduler.tick(at: service.now)
        let overdue = open.filter { $0.cadence.hasOpenDeadline && $0.cadence.beat.dueAt <= service.now }.count
        #expect(service.scheduler.overdue.value == overdue, sourceLocation: place)
    }

    @Test func `the counts follow raised severities, ends, reopenings, breaches and updates`() {
        for severity in [Severity.minor, .minor, .major, .critical] { service.run(.declare("x", severity)) }
        expectTrueCounts()
        service.run(.raise(1, to: .critical))
        service.run(.resolve(2))
        expectTrueCounts()
        pass(.seconds(1_200))
        #expect(service.incidents.counts().breached == 3)
        #expect(service.scheduler.overdue.value == 3)
        expectTrueCounts()
        service.run(.note(1, "moves no deadline"))
        service.run(.update(3))
        service.run(.status(2, .investigating))
        expectTrueCounts()
        #expect(service.scheduler.overdue.value == 2)
        service.run(.resolve(1))
        service.run(.resolve(4))
        expectTrueCounts()
        #expect(service.scheduler.overdue.value == 0)
    }

    @Test func `the counts are right after a restart`() throws {
        for severity in [Severity.minor, .major] { service.run(.declare("x", severity)) }
        pass(.seconds(1_200))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(again.incidents.counts() == service.incidents.counts())
        _ = again.scheduler.tick(at: again.now)
        #expect(again.scheduler.overdue.value == 2)
    }

    @Test func `a clock that is set back makes what was overdue wait again`() throws {
        service.run(.declare())
        var overdue = OverdueDeadlines()
        let incident = try #require(service.incidents.snapshot(1)).incident
        overdue.set(incident.openDeadline, for: 1)
        let due = incident.cadence.beat.dueAt
        #expect(overdue.count(at: due - .milliseconds(1)) == 0)
        #expect(overdue.count(at: due) == 1)
        overdue.set(incident.openDeadline, for: 1)
        #expect(overdue.count(at: due) == 1)
        #expect(overdue.count(at: due - .seconds(60)) == 0)
        #expect(overdue.count(at: due) == 1)
    }

    @Test func `thousands of deadlines count from their own moment on, in whatever order they were set`() {
        var overdue = OverdueDeadlines()
        for number in (1...5_000).shuffled() {
            overdue.set(Timestamp(milliseconds: Int64(number)), for: number)
        }
        for number in stride(from: 2, through: 5_000, by: 2) { overdue.set(nil, for: number) }
        for moment in [0, 1, 2, 999, 5_000] {
            #expect(overdue.count(at: Timestamp(milliseconds: Int64(moment))) == (moment + 1) / 2)
        }
        #expect(overdue.count(at: Timestamp(milliseconds: 10)) == 5)
    }

    @Test func `the outbox's backlog is what is pending, and since when the oldest is due`() throws {
        #expect(service.outbox.meters.backlog == BacklogGauge(pending: 0, earliestDueAt: nil))
        service.run(.webhook("a"))
        service.run(.webhook("b"))
        service.run(.declare())
        let declared = service.now
        time.advance(by: .seconds(90))
        service.run(.note(1, "x"))
        try service.outbox.refreshBacklog()
        let backlog = service.outbox.meters.backlog
        #expect(backlog == BacklogGauge(pending: 4, earliestDueAt: declared))
        #expect(backlog.oldestDue(at: service.now) == .seconds(90))
        // What is due later is not late.
        #expect(
            BacklogGauge(pending: 1, earliestDueAt: declared + .seconds(60)).oldestDue(at: declared) == .zero)
    }

    @Test func `an attempt is as long as the receiver takes`() throws {
        let transport = RecordingTransport()
        let service = try TestService(time: time, transport: transport)
        service.run(.webhook("a"))
        service.run(.declare())
        _ = service.outbox.tick(at: service.now)
        time.advance(by: .milliseconds(400))
        transport.accept()
        service.takeTurns()
        let snapshot = service.outbox.meters.attemptDuration.snapshot
        #expect(snapshot.count == 1)
        #expect(snapshot.sum == 400_000_000)
    }
}
