import Engine
import Incidents
import Journal
import ServiceSupport
import TestSupport
import Testing
import Time

/// The invariants of domain.md, section 10, over random lives through the lane.
struct LanePropertyTests {
    @Test(arguments: Seed.chosen(or: 1...12))
    func `rows are folds, chains verify, and deliveries are exactly the events`(seed: UInt64) throws {
        let time = ManualTime()
        let transport = RecordingTransport()
        let service = try TestService(
            time: time, random: SeededRandom(seed: seed), transport: transport)
        for (index, name) in Simulation.webhooks.enumerated() {
            let moment = Timestamp(milliseconds: Int64(index))
            service.run(.webhook(name, events: Simulation.events(of: name), at: moment))
        }
        var history = LaneHistory(seed: seed)
        history.live(service, time, transport, steps: 60, answer: nil)

        let entries = try service.entries()
        #expect(entries.count > 25, "a life worth telling")
        var check = JournalCheck()
        try check.run(entries, reader: service.reader)
        #expect(check.broken == [], "I3, I4, I7, I9: DRUMBEAT_TEST_SEED=\(seed)")
        // Those that have not ended yet are no fault here: only the simulator comes to rest.
        let deliveries = try service.store.deliveries().map { delivery in
            var delivery = delivery
            delivery.state = .superseded
            return delivery
        }
        let found = DeliveryCheck(events: check.events, webhooks: service.credentials.webhooks()).run(
            deliveries, Receivers(seed: 0))
        #expect(found == [], "I8: DRUMBEAT_TEST_SEED=\(seed)")

        // The shelf is the fold of what is stored, as a fresh start reads it.
        let numbers = 1...(try service.reader.head().numbers[Incident.code] ?? 1)
        let hidden = try numbers.filter {
            try service.incidentLoader.snapshot($0)?.incident.isConfidential == true
        }
        #expect(numbers.filter { service.incidents.confidential.contains($0) } == hidden)
        let open = service.incidents.open(before: nil, limit: 1_000) { _ in true }.items
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(numbers.filter { again.incidents.confidential.contains($0) } == hidden)
        let reread = again.incidents.open(before: nil, limit: 1_000) { _ in true }.items
        #expect(open.map(\.incident) == reread.map(\.incident), "I3: DRUMBEAT_TEST_SEED=\(seed)")
        #expect(open.map(\.hash) == reread.map(\.hash))
        #expect(open.map(\.lastChange) == reread.map(\.lastChange))
    }

    @Test(arguments: Seed.chosen(or: 1...6))
    func `whatever receivers do, the lane answers the same (I11)`(seed: UInt64) throws {
        let answers = try [OutboundResult.status(200), .status(500), .status(410), .failed("refused")].map {
            result in
            let time = ManualTime()
            let transport = RecordingTransport()
            let service = try TestService(
                time: time, random: SeededRandom(seed: seed), transport: transport)
            service.run(.webhook("a"))
            var history = LaneHistory(seed: seed)
            history.live(service, time, transport, steps: 30, answer: result)
            return history.answers
        }
        #expect(answers[0].count > 30)
        for other in answers.dropFirst() {
            let isSame = other == answers[0]
            #expect(isSame, "DRUMBEAT_TEST_SEED=\(seed)")
        }
    }

    @Test(arguments: Seed.chosen(or: 1...6))
    func `any order and number of keyed retries leads to the same set of entries (I6)`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let time = ManualTime()
        var service = try TestService(time: time)
        service.run(.declare())
        let wishes = (0..<25).flatMap { Array(repeating: $0, count: 1 + dice.below(4)) }.shuffled(
            using: &dice)
        for wish in wishes {
            service.store.plan(
                dice.one(of: .none, .none, .refusesLock, .refusesBatch, .diesBefore, .diesAfter))
            service.run(.note(1, "wish \(wish)"), key: .init("key \(wish)"))
            if case .broken = service.lane.storeState {
                service.end()
                service = try TestService(in: service.folder, time: time)
            }
        }
        service.store.plan()
        for wish in 0..<25 { service.run(.note(1, "wish \(wish)"), key: .init("key \(wish)")) }
        let texts = try service.entries(of: 1).dropFirst().map { try $0.text() }
        #expect(texts.sorted() == (0..<25).map { "wish \($0)" }.sorted(), "DRUMBEAT_TEST_SEED=\(seed)")
    }
}
