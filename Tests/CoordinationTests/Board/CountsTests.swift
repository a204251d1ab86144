import Incidents
import Journal
import Platform
import Testing
import Time

@testable import Coordination

/// What is counted as it changes, so that asking costs nothing, is what counting anew would give.
struct CountsTests {
    let folder: TemporaryFolder
    let time = ManualTime()
    let house: House

    init() throws {
        folder = try TemporaryFolder()
        house = try House(folder.file(), time: time)
    }

    private func pass(_ duration: Duration) {
        time.advance(by: duration)
        _ = house.scheduler.turn(at: house.now)
        house.takeTurns()
    }

    private func expectTrueCounts(at place: SourceLocation = #_sourceLocation) {
        let open = house.board.open(before: nil, limit: 10_000) { _ in true }.items.map(\.incident)
        let counts = house.board.counts()
        for severity in Severity.allCases {
            #expect(
                counts.open[severity] ?? 0 == open.filter { $0.severity == severity }.count,
                sourceLocation: place)
        }
        #expect(counts.breached == open.filter(\.cadence.breached).count, sourceLocation: place)
        _ = house.scheduler.turn(at: house.now)
        let overdue = open.filter { $0.cadence.hasOpenDeadline && $0.cadence.beat.dueAt <= house.now }.count
        #expect(house.scheduler.overdueUpdates.value == overdue, sourceLocation: place)
    }

    @Test func `the counts follow raised severities, ends, reopenings, breaches and updates`() {
        for severity in [Severity.minor, .minor, .major, .critical] { house.run(.declare("x", severity)) }
        expectTrueCounts()
        house.run(.raise(1, to: .critical))
        house.run(.resolve(2))
        expectTrueCounts()
        pass(.seconds(1_200))
        #expect(house.board.counts().breached == 3)
        #expect(house.scheduler.overdueUpdates.value == 3)
        expectTrueCounts()
        house.run(.note(1, "moves no deadline"))
        house.run(.update(3))
        house.run(.status(2, .investigating))
        expectTrueCounts()
        #expect(house.scheduler.overdueUpdates.value == 2)
        house.run(.resolve(1))
        house.run(.resolve(4))
        expectTrueCounts()
        #expect(house.scheduler.overdueUpdates.value == 0)
    }

    @Test func `the counts are right after a restart`() throws {
        for severity in [Severity.minor, .major] { house.run(.declare("x", severity)) }
        pass(.seconds(1_200))
        house.end()
        let again = try House(folder.file(), time: time)
        #expect(again.board.counts() == house.board.counts())
        _ = again.scheduler.turn(at: again.now)
        #expect(again.scheduler.overdueUpdates.value == 2)
    }

    @Test func `a clock that is set back makes what was overdue wait again`() throws {
        house.run(.declare())
        var overdue = OverdueUpdates()
        let incident = try #require(house.board.published(1)).incident
        overdue.note(incident)
        let due = incident.cadence.beat.dueAt
        #expect(overdue.count(at: due - .milliseconds(1)) == 0)
        #expect(overdue.count(at: due) == 1)
        overdue.note(incident)
        #expect(overdue.count(at: due) == 1)
        #expect(overdue.count(at: due - .seconds(60)) == 0)
        #expect(overdue.count(at: due) == 1)
    }

    @Test func `thousands of deadlines count from their own moment on, in whatever order they were set`() {
        var overdue = OverdueUpdates()
        for number in (1...5_000).shuffled() {
            overdue.set(Timestamp(milliseconds: Int64(number)), for: number)
        }
        for number in stride(from: 2, through: 5_000, by: 2) { overdue.set(nil, for: number) }
        for moment in [0, 1, 2, 999, 5_000] {
            #expect(overdue.count(at: Timestamp(milliseconds: Int64(moment))) == (moment + 1) / 2)
        }
        #expect(overdue.count(at: Timestamp(milliseconds: 10)) == 5)
    }

    @Test func `the outbox's stock is what is pending, and since when the oldest is due`() throws {
        #expect(house.outbox.meters.stock == OutboxStock(pending: 0, earliestDueAt: nil))
        house.run(.endpoint("a"))
        house.run(.endpoint("b"))
        house.run(.declare())
        let declared = house.now
        time.advance(by: .seconds(90))
        house.run(.note(1, "x"))
        try house.outbox.takeStock()
        let stock = house.outbox.meters.stock
        #expect(stock == OutboxStock(pending: 4, earliestDueAt: declared))
        #expect(stock.oldestDue(at: house.now) == .seconds(90))
        // What is due later is not late.
        #expect(
            OutboxStock(pending: 1, earliestDueAt: declared + .seconds(60)).oldestDue(at: declared) == .zero)
    }

    @Test func `an attempt is as long as the receiver takes`() throws {
        let transport = RecordingTransport()
        let house = try House(folder.file("b.db"), time: time, transport: transport)
        house.run(.endpoint("a"))
        house.run(.declare())
        _ = house.outbox.turn(at: house.now)
        time.advance(by: .milliseconds(400))
        transport.accept()
        house.takeTurns()
        let snapshot = house.outbox.meters.attemptDuration.snapshot
        #expect(snapshot.count == 1)
        #expect(snapshot.sum == 400_000_000)
    }
}
