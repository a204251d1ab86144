import Engine
import Glibc
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// A wall clock that is set back (domain.md, section 5; faults.md, F13): the open incidents follow, once each, and the beat goes on.
struct ClockSetBackTests {
    static let day: Duration = .seconds(86_400)

    let time = ManualTime()

    /// One look of the scheduler and the lane each second.
    private func pass(_ seconds: Int, _ service: TestService, _ after: () throws -> Void = {}) throws {
        for _ in 0..<seconds {
            time.advance(by: .seconds(1))
            _ = service.scheduler.tick(at: service.now)
            service.takeTurns()
            try after()
        }
    }

    private func corrections(of number: Int, _ service: TestService) throws -> [StoredEntry] {
        try service.entries(of: StreamID(Incident.self, number)).filter { $0.kind == ClockCorrected.kind }
    }

    private func nags(_ service: TestService) throws -> [Int] {
        try service.entries(of: 1).compactMap { try $0.nag() }.filter { $0.about == .update }.map(\.number)
    }

    /// The service is started again, by a clock that is set back by `step` meanwhile.
    private func restart(_ service: TestService, setBack step: Duration) throws -> TestService {
        service.end()
        time.setWall(time.wall() - step)
        return try TestService(in: service.folder, time: time)
    }

    /// As on a machine that sleeps for longer than the step: the time of the next look is later nevertheless.
    @Test func `a step that is adopted between two looks of the scheduler is followed`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        service.run(.update(1))
        try pass(10, service)
        time.setWall(time.wall() - .seconds(120))
        for _ in 0..<700 {
            time.advance(by: .seconds(1))
            _ = service.clock.now()
        }
        #expect(service.clock.reading().setBack == .seconds(120))
        _ = service.scheduler.tick(at: service.clock.reading())
        service.takeTurns()
        #expect(try corrections(of: 1, service).count == 1)
        _ = service.scheduler.tick(at: service.clock.reading())
        service.takeTurns()
        #expect(try corrections(of: 1, service).count == 1)
    }

    @Test func `when the step is adopted every open incident follows once, and each nag comes in its time`()
        throws
    {
        let service = try TestService(time: time)
        service.run(.declare())
        service.run(.declare("another"))
        service.run(.declare("over"))
        service.run(.resolve(3))
        let began = time.monotonic()
        try pass(360, service)
        time.setWall(time.wall() - Self.day)
        var seconds: [Int64] = []
        try pass(2_400, service) {
            let count = try nags(service).count
            if count > seconds.count + 1 { seconds.append((time.monotonic() - began).wholeSeconds) }
        }
        #expect(try nags(service) == [1, 2, 3, 4, 5])
        #expect(seconds == [600, 900, 1_800, 2_700])

        let entries = try service.entries(of: 1)
        let place = try #require(entries.firstIndex { $0.kind == ClockCorrected.kind })
        let payload = try #require(try entries[place].payload() as? ClockCorrected)
        #expect(payload.from - payload.to == Self.day)
        #expect(entries[place].recordedAt == payload.to)
        #expect(entries[place].postedBy == "drumbeat" && entries[place].author == "drumbeat")
        for (earlier, later) in zip(entries, entries.dropFirst()) where later.recordedAt < earlier.recordedAt
        {
            #expect(later.kind == ClockCorrected.kind)
        }
        #expect(try corrections(of: 1, service).count == 1)
        #expect(try corrections(of: 2, service).count == 1)
        #expect(try corrections(of: 3, service).isEmpty, "it has ended")
        #expect(service.log.events.count { $0 == "clock.set_back" } == 1)
        #expect(service.scheduler.overdue.value == 2)
    }

    /// Its last entry lies before the corrected clock as well, and its next nag a day ahead.
    @Test func `an incident with a long interval follows too`() throws {
        var policy = Policy.standard
        policy.major = Policy.Intervals(firstUpdate: Self.day, interval: Self.day)
        policy.noProgress = .seconds(10 * 86_400)
        policy.decisionAfter = .seconds(10 * 86_400)
        let service = try TestService(time: time, policy: policy)
        service.run(.declare())
        let began = time.monotonic()
        time.advance(by: .seconds(40_000))
        time.setWall(time.wall() - .seconds(30_000))
        try pass(700, service)
        #expect(try corrections(of: 1, service).count == 1)
        let next = try #require(service.incidents.snapshot(1)?.incident.nextNagAt)
        #expect(time.monotonic() + (next - service.now) == began + Self.day)
    }

    @Test func `a start by an earlier clock corrects once, and later starts add nothing`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        try pass(400, service)
        let again = try restart(service, setBack: Self.day)
        try pass(1, again)
        #expect(try corrections(of: 1, again).count == 1)
        let incident = try #require(again.incidents.snapshot(1)).incident
        #expect(incident.recordedAt == again.now)
        #expect(try #require(incident.nextNagAt) <= again.now + .seconds(300))
        try pass(301, again)
        #expect(try nags(again) == [1, 2])

        let third = try restart(again, setBack: .zero)
        try pass(2, third)
        #expect(try corrections(of: 1, third).count == 1)
        #expect(!third.log.events.contains("clock.set_back"))
    }

    @Test func `a write that comes before the scheduler lets its incident follow first`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        service.run(.resolve(1))
        service.run(.declare())
        let again = try restart(service, setBack: Self.day)
        let note = try #require(again.run(.note(2, "after the restart")).entry)
        #expect(note.recordedAt == again.now)
        #expect(note.seq == 3)
        let update = again.run(.update(2))
        #expect(update.entry?.recordedAt == again.now)
        let due = try #require(again.incidents.snapshot(2)).incident.cadence.beat.dueAt
        #expect(due == again.now + .seconds(900))

        // One that had ended by the wrong clock begins its new episode by the right one.
        let reopened = try #require(again.run(.status(1, .investigating)).snapshot).incident
        #expect(reopened.cadence.beat.dueAt == again.now + .seconds(300))
        #expect(try corrections(of: 1, again).count == 1)
        try pass(2, again)
        #expect(try corrections(of: 1, again).count == 1)
        #expect(try corrections(of: 2, again).count == 1)
    }

    @Test func `a write between the step and the walk is not moved by it`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        time.setWall(time.wall() - .seconds(3_600))
        _ = service.now
        time.advance(by: .seconds(601))
        // The clock is adopted by this update's transaction; no one has ticked.
        #expect(service.run(.update(1)).entry != nil)
        service.run(.declare("new"))
        let dues = [1, 2].compactMap { service.incidents.snapshot($0)?.incident.cadence.beat.dueAt }
        #expect(dues == [service.now + .seconds(900), service.now + .seconds(300)])
        let before = try #require(service.incidents.snapshot(1)).incident
        try pass(2, service)
        #expect(service.incidents.snapshot(1)?.incident.cadence == before.cadence)
        #expect(try corrections(of: 1, service).count == 1)
        #expect(try corrections(of: 2, service).isEmpty)
    }

    @Test func `a refused action leaves nothing behind`() throws {
        let service = try TestService(time: time)
        service.run(.declare("x", .critical))
        let again = try restart(service, setBack: Self.day)
        let refused = again.run(.raise(1, to: .minor)).refusal
        #expect(refused?.type == .severityOnlyRises)
        #expect(try again.entries(of: 1).count == 1)
        try pass(1, again)
        #expect(try corrections(of: 1, again).count == 1)
    }

    @Test func `hundreds of incidents follow in slices, through a store that refuses and a crash, once each`()
        throws
    {
        let service = try TestService(time: time)
        for _ in 0..<250 { service.submit(.declare()) }
        service.takeTurns()
        var again = try restart(service, setBack: Self.day)
        // The first slice is written, the second refused, and then the process dies before any response.
        again.store.plan(.none, .refusesBatch, .diesAfter)
        try pass(2, again)
        #expect(again.log.events.contains("clock.correction_delayed"))
        again = try restart(again, setBack: .zero)
        try pass(2, again)
        for number in 1...250 { #expect(try corrections(of: number, again).count == 1, "\(number)") }
        let most = again.store.batches.map { $0.entries.count { $0.kind == ClockCorrected.kind } }.max()
        #expect(most ?? 0 <= 100)
    }

    @Test func `as recorded by a moment is up to the last entry recorded by then`() throws {
        var policy = Policy.standard
        policy.major.firstUpdate = .seconds(10_000)
        let service = try TestService(time: time, policy: policy)
        service.run(.declare())
        let declared = service.now
        time.setWall(time.wall() + Self.day)
        service.end()
        let fast = try TestService(in: service.folder, time: time, policy: policy)
        fast.run(.note(1, "by the fast clock"))
        let fastNow = fast.now
        let again = try restart(fast, setBack: Self.day - .seconds(600))
        try pass(1, again)
        time.advance(by: .seconds(60))
        again.run(.note(1, "by the right clock"))
        let seq = { (moment: Timestamp) in
            try again.incidentLoader.snapshot(1, recordedBy: moment)?.incident.seq
        }
        #expect(try again.entries(of: 1).count == 4)
        #expect(try seq(declared) == 1)
        #expect(try seq(declared + .seconds(599)) == 1)
        #expect(try seq(declared + .seconds(602)) == 3, "the correction tells that the note came before it")
        #expect(try seq(declared + .seconds(700)) == 4)
        #expect(try seq(fastNow) == 4)
        #expect(try seq(declared - .milliseconds(1)) == nil)
    }

    @Test func `deliveries of the former clock are due at once`() throws {
        let service = try TestService(time: time)
        service.run(.webhook("a"))
        for number in 1...3 { service.run(.declare("\(number)")) }
        let transport = RecordingTransport()
        service.end()
        time.setWall(time.wall() - Self.day)
        let again = try TestService(in: service.folder, time: time, transport: transport)
        // A write of the corrected time comes first; its delivery waits for those before it.
        again.run(.note(1, "after the restart"))
        _ = again.outbox.tick(at: again.now)
        #expect(transport.sent.isEmpty)
        try pass(1, again)
        let deliveries = try again.store.deliveries().filter { $0.stream != nil }
        #expect(deliveries.count == 7, "each declared, each corrected, and the note")
        #expect(deliveries.allSatisfy { $0.nextAt <= again.now })
        #expect(deliveries.allSatisfy { $0.expiresAt > again.now && $0.expiresAt < again.now + Self.day * 5 })
        _ = again.outbox.tick(at: again.now)
        #expect(transport.sent.first?.id == deliveries.first?.messageID)
    }

    // MARK: Years that cannot be stored

    @Test(arguments: [0, -3_155_673_600_000, 4_228_675_200_000])
    func `a clock of another century refuses writes and nags, says why, and recovers by itself`(
        milliseconds: Int64
    )
        throws
    {
        let right = time.wall()
        let service = try TestService(time: time)
        service.run(.declare())
        service.end()
        time.setWall(Timestamp(milliseconds: milliseconds))
        let wrong = try TestService(in: service.folder, time: time)
        let refusal = try #require(wrong.run(.declare()).refusal)
        #expect(refusal.type == .storageUnavailable)
        let year = String(time.wall().rfc3339.prefix(4))
        #expect(refusal.detail.contains("The clock says \(year): set it"), "\(refusal.detail)")
        #expect(!refusal.detail.contains("backup"))
        #expect(wrong.run(.note(1, "x")).isStorage)
        #expect(wrong.lane.storeState == .ok)
        #expect(wrong.scheduler.tick(at: wrong.now) == nil)
        #expect(wrong.outbox.tick(at: wrong.now) == nil)
        wrong.takeTurns()
        #expect(wrong.log.events.count { $0 == "clock.not_credible" } == 1)
        #expect(!wrong.log.events.contains("nag.delayed"))
        #expect(try wrong.entries().count == 1)

        time.setWall(right)
        #expect(wrong.run(.note(1, "the clock is right")).entry != nil)
        try pass(301, wrong)
        #expect(try nags(wrong) == [1])
        #expect(wrong.log.events.contains("clock.credible_again"))
        #expect(try corrections(of: 1, wrong).isEmpty)
    }

    @Test func `a running service goes on by its own time`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        time.setWall(Timestamp(milliseconds: 0))
        try pass(1_000, service)
        #expect(try nags(service) == [1, 2, 3])
        #expect(service.run(.note(1, "x")).entry != nil)
    }

    @Test func `a token can be revoked whatever the clock says`() throws {
        let service = try TestService(time: time)
        let token = Token(
            id: "01TOKEN", name: "stolen", scope: .post, secretHash: [UInt8](repeating: 1, count: 32),
            createdAt: service.now, revokedAt: nil)
        service.run(.createToken(token))
        service.end()
        time.setWall(Timestamp(milliseconds: 0))
        let wrong = try TestService(in: service.folder, time: time)
        #expect(wrong.run(.revokeToken("01TOKEN")).outcome != nil)
        #expect(wrong.run(.createToken(token)).isStorage)
    }

    @Test func `an entry that cannot be read back refuses its request alone`() throws {
        let service = try TestService(time: time)
        service.run(.declare())
        var details = Declared.Details(title: "from another century")
        details.startedAt = Timestamp(milliseconds: -1)
        let answers = [
            service.submit(.note(1, "before")), service.submit(.declare(Declare(.major, details))),
            service.submit(.note(1, "after")),
        ]
        service.takeTurns()
        #expect(answers[0].value?.entry != nil && answers[2].value?.entry != nil)
        #expect(answers[1].value?.refusal?.type == .internalFault)
        #expect(answers[1].value?.refusal?.cause?.contains("does not fold") == true)
        #expect(service.lane.storeState == .ok)
        #expect(service.run(.declare()).snapshot?.incident.number == 2)
    }

    // MARK: Whatever the steps

    /// The incident is open and gets an update now and then; the wall clock jumps, and the service restarts. While it runs, no more than an
    /// interval passes without a nag or an update. A start does not know when the last run ended, only when it last wrote.
    @Test func `the beat is never silent for longer than the interval, whatever the steps`() throws {
        let seed = Seed.chosen ?? UInt64(bitPattern: Int64(Glibc.time(nil)))
        var random = SeededGenerator(seed: seed)
        let interval: Duration = .seconds(900)
        var (adopted, restarts) = (0, 0)
        for round in 0..<12 {
            let place: Comment = "DRUMBEAT_TEST_SEED=\(seed), round \(round)"
            let time = ManualTime()
            var service = try TestService(time: time)
            service.run(.declare())
            var (heardAt, seq, allowed) = (time.monotonic(), 1, interval)
            /// Reads what came since, and measures the silence.
            func listen() throws {
                let incident = try #require(service.incidents.snapshot(1)).incident
                if incident.seq > seq {
                    let entries = try service.reader.entries(
                        of: 1, after: seq, kind: nil, visibility: nil, limit: 100)
                    let isHeard = try entries.contains {
                        try $0.kind == UpdatePublished.kind || $0.nag()?.about == .update
                    }
                    if isHeard { (heardAt, allowed) = (time.monotonic(), interval) }
                    seq = incident.seq
                }
                // A small difference is slewed, at most by a twentieth.
                try #require(time.monotonic() - heardAt <= allowed + .seconds(60), place)
            }
            for _ in 0..<60 {
                switch random.below(10) {
                case 0, 1:
                    let step = 61 + random.below(random.one(of: 900, 200_000, 60_000_000))
                    time.setWall(time.wall() - .seconds(step))
                case 2: time.setWall(time.wall() + .seconds(61 + random.below(3_000)))
                case 3:
                    service.end()
                    service = try TestService(in: service.folder, time: time)
                    allowed += time.monotonic() - heardAt
                    restarts += 1
                case 4, 5: service.run(.update(1))
                default: break
                }
                for _ in 0..<random.below(160) {
                    time.advance(by: .seconds(5))
                    _ = service.scheduler.tick(at: service.now)
                    service.takeTurns()
                    try listen()
                }
                // The numbers of nags end, and a stale incident is nagged once a day.
                let last = service.incidents.snapshot(1)?.incident.cadence.lastNagNumber ?? 0
                if last >= 6 { service.run(.update(1)) }
            }
            adopted += try corrections(of: 1, service).count
            let nags = try service.entries(of: 1).compactMap { try $0.nag() }
            let names = nags.map { "\($0.about.rawValue) \($0.dueAt.milliseconds) \($0.number)" }
            try #require(Set(names).count == names.count, place)
        }
        #expect(adopted > 20 && restarts > 20, "DRUMBEAT_TEST_SEED=\(seed): \(adopted) \(restarts)")
    }
}
