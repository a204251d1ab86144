import Engine
import Incidents
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// A line on a slow disk: who can be served in time waits, the others are told so at once.
struct LaneLineTests {
    let time = ManualTime()
    let service: TestService

    init() throws {
        service = try TestService(time: time, batchMax: 2)
        service.run(.declare())
    }

    /// One turn of a disk that takes so long, and what happens meanwhile.
    private func turn(taking duration: Duration, _ meanwhile: @escaping @Sendable () -> Void = {}) {
        let time = time
        service.store.whileCommitting {
            meanwhile()
            time.advance(by: duration)
        }
        service.lane.turn()
    }

    private func retryAfter(_ answer: Box<Result<WriteAnswer, Refusal>>) -> Duration? {
        guard let refusal = answer.value?.refusal, refusal.type == .overloaded else { return nil }
        return refusal.retryAfter
    }

    @Test
    func
        `on a slow disk the line is as long as what can be served in time, and who comes then is refused at once`()
    {
        service.submit(.note(1, "slow"))
        turn(taking: .seconds(2))
        let waiting = (1...4).map { service.submit(.note(1, "in time \($0)")) }
        let late = service.submit(.note(1, "too late"))
        #expect(retryAfter(late) == .seconds(6))
        #expect(service.lane.meters.overflows.total("ordinary") == 1)
        #expect(waiting.allSatisfy { $0.value == nil })
        service.takeTurns()
        #expect(waiting.allSatisfy { $0.value?.entry != nil })
        #expect(late.count == 1)
    }

    @Test func `an urgent order is taken however long the line is, and goes first in the next turn`() throws {
        service.submit(.note(1, "slow"))
        turn(taking: .seconds(4))
        let notes = (1...3).map { service.submit(.note(1, "note \($0)")) }
        #expect(retryAfter(notes[2]) != nil)
        let urgent = [
            service.submit(.raise(1, to: .critical)), service.submit(.declare()), service.submit(.update(1)),
        ]
        #expect(urgent.allSatisfy { $0.value == nil })
        service.lane.turn()
        #expect(urgent.map { $0.value?.refusal == nil && $0.value != nil } == [true, true, false])
        service.takeTurns()
        #expect(urgent[2].value?.entry != nil)
        #expect(notes[0].value?.entry?.seq ?? 0 > urgent[2].value?.entry?.seq ?? .max)
    }

    @Test func `an urgent request passes what is left of a batch that was full of bytes`() throws {
        let service = try TestService()
        service.run(.declare())
        let long = String(repeating: "x", count: 16_384)
        let raised = Box<Box<Result<WriteAnswer, Refusal>>>()
        let first = TestRequest.note(1, long).make(service.incidents)
        service.lane.submit(
            WriteLane.PendingRequest(first, by: .service, of: nil) { _ in
                // The first batch is committed: who takes the lead is told of a new severity.
                raised.put(service.submit(.raise(1, to: .critical)))
            })
        let notes = (2...WriteLane.batchMax).map { _ in service.submit(.note(1, long)) }
        service.takeTurns()
        let seqs = notes.compactMap { $0.value?.entry?.seq }
        #expect(seqs.count == notes.count)
        let kinds = try service.entries(of: 1).map(\.kind)
        let place = try #require(kinds.firstIndex(of: SeverityRaised.kind))
        #expect(raised.value?.value?.snapshot?.incident.severity == .critical)
        #expect(place < kinds.count - 1, "behind all notes of the batch")
        #expect(seqs == seqs.sorted())
    }

    @Test
    func `when the disk becomes slow, those at the end of the line are told after the turn that showed it`() {
        let notes = (1...9).map { service.submit(.note(1, "note \($0)")) }
        turn(taking: .seconds(2))
        #expect(notes.map { $0.value?.entry != nil } == [true, true] + Array(repeating: false, count: 7))
        // Two turns of two seconds each are within five: room for four.
        #expect(notes[2..<6].allSatisfy { $0.value == nil })
        #expect(notes[6...].allSatisfy { retryAfter($0) == .seconds(6) })
        service.takeTurns()
        #expect(notes[2..<6].allSatisfy { $0.value?.entry != nil })
        #expect(notes.allSatisfy { $0.count == 1 })
    }

    @Test func `while a turn hangs newcomers are refused, and when it ends the next are taken`() {
        let inside = Box<Result<WriteAnswer, Refusal>>()
        let (service, time) = (service, time)
        service.submit(.note(1, "hangs"))
        service.store.whileCommitting {
            time.advance(by: .seconds(6))
            let author = Author(person: Person("alice"), postedBy: "bot")
            let note = TestRequest.note(1, "meanwhile").make(service.incidents)
            service.lane.submit(WriteLane.PendingRequest(note, by: author, of: "tok_bot") { inside.put($0) })
        }
        service.lane.turn()
        #expect(retryAfter(inside) == .seconds(6))
        #expect(service.run(.note(1, "afterwards")).entry != nil)
    }

    @Test func `a disk that is fast again gets its whole line back`() {
        service.submit(.note(1, "slow"))
        turn(taking: .seconds(4))
        for number in 1...20 { service.run(.note(1, "fast \(number)")) }
        let notes = (1...100).map { service.submit(.note(1, "note \($0)")) }
        #expect(notes.allSatisfy { $0.value == nil })
    }

    @Test func `who is admitted in the order of one client is answered in that order, urgent or not`() {
        // A client sends the next once it has the answer to the last, as HTTP/1.1 has it on one connection.
        let orders: [TestRequest] = [
            .note(1, "a"), .update(1), .note(1, "b"), .raise(1, to: .critical), .note(1, "c"),
        ]
        let seqs = orders.map { order in
            for number in 1...3 { service.submit(.note(1, "of others \(number)")) }
            let result = service.run(order)
            return result.entry?.seq ?? result.snapshot?.incident.seq ?? 0
        }
        #expect(seqs == seqs.sorted())
        #expect(!seqs.contains(0))
    }
}
