import Documents
import Encoding
import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// The lines of the lane: each token has a share, tokens are served in turn, and the service's own requests stand in none of them.
struct LaneShareTests {
    let time = ManualTime()
    let service: TestService

    init() throws {
        service = try TestService(time: time)
        service.run(.declare())
    }

    /// Fills both lines as far as tokens can.
    private func flood() {
        for token in 0..<80 {
            for _ in 0..<60 { service.submit(.update(1), of: "tok_urgent\(token)") }
        }
        for token in 0..<5 {
            for _ in 0..<WriteLane.waitingPerTokenMax { service.submit(.note(1, "x"), of: "tok_\(token)") }
        }
    }

    @Test func `the service's own requests are taken whatever waits, and go first`() {
        flood()
        let condition = service.lane.condition(at: time.monotonic())
        #expect(condition.urgent == WriteLane.waitingMax && condition.ordinary == WriteLane.waitingMax)
        #expect(service.submit(.note(1, "x")).value?.isOverloaded == true)
        let own = (0..<100).map { _ in service.submit(.lookAgain(1), of: nil) }
        #expect(own.allSatisfy { $0.value == nil })
        service.lane.turn()
        #expect(own.allSatisfy { $0.value?.outcome?.effect == .finished })
        service.takeTurns()
    }

    @Test func `requests of the service leave room for urgent ones, and those for ordinary ones`() {
        let own = (0..<1_000).map { _ in service.submit(.lookAgain(1), of: nil) }
        let declared = service.submit(.declare(), of: "tok_a")
        let note = service.submit(.note(1, "seen"), of: "tok_b")
        service.lane.turn()
        #expect(declared.value?.snapshot != nil && note.value?.entry != nil)
        #expect(own.count { $0.value != nil } == WriteLane.batchMax - 2)
        service.takeTurns()
        #expect(own.allSatisfy { $0.count == 1 })
    }

    @Test func `a token that publishes without end delays its own updates, and no one else's declaring`() {
        let updates = (0..<1_000).map { service.submit(.update(1, "\($0)"), of: "tok_greedy") }
        let declared = service.submit(.declare(), of: "tok_admin")
        let raised = service.submit(.raise(1, to: .critical), of: "tok_admin")
        let note = service.submit(.note(1, "seen"), of: "tok_bot")
        service.lane.turn()
        #expect(declared.value?.snapshot != nil && raised.value?.snapshot != nil && note.value?.entry != nil)
        service.takeTurns()
        #expect(updates.allSatisfy { $0.value?.entry != nil })
    }

    /// An urgent request whose decision takes longer than a transaction may.
    private struct Slow: WriteRequest {
        let time: ManualTime
        let shelf: Shelf<Incident>

        var priority: WritePriority { .critical }

        func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
            time.advance(by: WriteLane.batchDurationMax)
            return try PerformAction(
                PostEntry(Note(), text: "slow"), on: .number(1), in: shelf, showing: .entry
            ).perform(in: &transaction)
        }
    }

    @Test
    func `urgent requests that fill each transaction by their time let an ordinary one pass every time`() {
        let time = time
        let slow = (0..<WriteLane.urgentPerTokenMax).map { _ in
            service.submit(TestRequest { Slow(time: time, shelf: $0) }, of: "tok_greedy")
        }
        let notes = (1...3).map { service.submit(.note(1, "note \($0)"), of: "tok_quiet") }
        service.lane.turn()
        #expect(slow.count { $0.value != nil } == 1 && notes.allSatisfy { $0.value == nil })
        for turn in 1...3 {
            service.lane.turn()
            #expect(notes.count { $0.value?.entry != nil } == turn)
        }
        #expect(slow.count { $0.value != nil } == 4)
        service.takeTurns()
        #expect(slow.allSatisfy { $0.value?.entry != nil })
    }

    @Test func `beyond its share of the urgent queue a token's urgent requests are ordinary`() {
        for _ in 0..<WriteLane.urgentPerTokenMax { service.submit(.update(1), of: "tok_greedy") }
        #expect(service.lane.condition(at: time.monotonic()).ordinary == 0)
        for _ in 0..<WriteLane.waitingPerTokenMax { service.submit(.update(1), of: "tok_greedy") }
        let condition = service.lane.condition(at: time.monotonic())
        #expect(condition.urgent == WriteLane.urgentPerTokenMax)
        #expect(condition.ordinary == WriteLane.waitingPerTokenMax)
        let late = service.submit(.update(1), of: "tok_greedy")
        #expect(late.value?.isOverloaded == true)
        #expect(late.value?.refusal?.detail.contains("still accepted") == false)
        #expect(service.lane.meters.overflows.total("urgent") == 1)
        #expect(service.submit(.update(1), of: "tok_other").value == nil)
        service.takeTurns()
    }

    @Test func `a token fills a quarter of the ordinary queue, and others are taken in`() {
        let notes = (0..<WriteLane.waitingMax).map { _ in service.submit(.note(1, "x"), of: "tok_greedy") }
        #expect(notes.count { $0.value?.isOverloaded == true } == 3 * WriteLane.waitingMax / 4)
        let other = service.submit(.note(1, "of another"), of: "tok_quiet")
        #expect(other.value == nil)
        service.lane.turn()
        #expect(other.value?.entry != nil, "it waits for one request of the other token, not for all")
        service.takeTurns()
    }

    @Test func `on a slow disk a quiet token is admitted while a greedy one is refused`() throws {
        let service = try TestService(time: time, batchMax: 2)
        let time = time
        service.run(.declare())
        service.submit(.note(1, "slow"))
        service.store.whileCommitting { time.advance(by: .seconds(2)) }
        service.lane.turn()
        let greedy = (0..<10).map { service.submit(.note(1, "note \($0)"), of: "tok_greedy") }
        #expect(greedy.count { $0.value?.isOverloaded == true } == 6)
        let quiet = service.submit(.note(1, "of another"), of: "tok_quiet")
        #expect(quiet.value == nil)
        service.lane.turn()
        #expect(quiet.value?.entry != nil)
        service.takeTurns()
    }

    // MARK: Decided again when it acts

    private func token(_ id: String) -> Token {
        Token(
            id: id, name: "bot", scope: .admin, secretHash: TokenSecret.hash(id), createdAt: service.now,
            revokedAt: nil)
    }

    @Test func `what waits for a revoked token is refused, and writes nothing`() throws {
        service.run(.createToken(token("tok_stolen")), of: nil)
        let before = try service.entries()
        service.submit(.revokeToken("tok_stolen"), of: "tok_admin")
        let waiting = [
            service.submit(.note(1, "too late"), of: "tok_stolen"),
            service.submit(.createToken(token("tok_backdoor")), of: "tok_stolen"),
        ]
        service.takeTurns()
        #expect(waiting.map { $0.value?.refusal?.type.slug } == ["unauthorized", "unauthorized"])
        #expect(try service.entries() == before)
        #expect(service.credentials.token("tok_backdoor") == nil)
        #expect(service.run(.note(1, "later"), of: "tok_stolen").refusal?.type.slug == "unauthorized")
    }

    @Test func `a repetition by a revoked token is refused as well`() {
        let key = IdempotencyKey("k1")
        service.run(.createToken(token("tok_stolen")), of: nil)
        #expect(service.run(.note(1, "kept"), of: "tok_stolen", key: key).entry != nil)
        service.run(.revokeToken("tok_stolen"))
        #expect(
            service.run(.note(1, "kept"), of: "tok_stolen", key: key).refusal?.type.slug == "unauthorized")
    }
}
