import Incidents
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine
@testable import Journal

/// Incidents that ended before the start are folded from the store when someone asks for them.
struct EndedIncidentTests {
    let time = ManualTime()

    /// INC-1 was cancelled before the start; INC-2 is open.
    private func restarted(_ change: (TestService) throws -> Void = { _ in }) throws -> TestService {
        let before = try TestService(time: time)
        before.run(.declare())
        before.run(.declare())
        try change(before)
        before.end()
        return try TestService(in: before.folder, time: time)
    }

    @Test func `one that is damaged refuses alone, and the lane goes on`() throws {
        let service = try restarted { before in
            let row = try #require(try before.reader.incident(1))
            let first = try #require(try before.reader.entries(of: 1, seqs: [1]).first)
            var damaged = first
            damaged.position = before.position.value + 1
            damaged.seq = 2
            damaged.id = "01KF0Q2XG0DAMAGEDDAMAGED00"
            damaged.kind = Cancelled.kind
            damaged.facts = Array("{}".utf8)
            damaged.hash = Chain.hash(of: damaged, in: row.id.text, after: first.hash)
            let added = damaged
            try before.store.commit { _, _ in
                var batch = Batch()
                batch.entries = [added]
                var changed = row
                changed.seq = 2
                changed.status = .cancelled
                batch.states = [changed]
                return batch
            }
        }
        for request in [
            TestRequest.note(1, "x"), .cancelAsDuplicate(.number(2), of: .number(1), ifMatch: nil),
        ] {
            let refusal = try #require(service.run(request).refusal)
            #expect(refusal.type == .internalFault)
            let words = try #require(refusal.cause, "the log is told of the damage")
            #expect(words.contains("INC-1 is damaged"))
            #expect(words.contains("drumbeat verify"))
        }
        #expect(service.lane.storeState == .ok)
        #expect(service.run(.note(2, "goes on")).entry?.seq == 2)
    }

    @Test func `one is held once it was folded, until an entry is added`() throws {
        let service = try restarted {
            $0.run(.change(.number(1), ChangeStatus(to: .cancelled, reason: "false_alarm"), ifMatch: nil))
        }
        let held = service.incidents.folded
        #expect(held.snapshot(1) == nil)
        let same = TestRequest.change(.number(1), ChangeStatus(to: .cancelled), ifMatch: nil)
        #expect(service.run(same).refusal == nil)
        #expect(held.snapshot(1)?.incident.seq == 2)
        #expect(service.run(.note(1, "after the end")).entry?.seq == 3)
        #expect(held.snapshot(1) == nil)
        #expect(service.run(.note(1, "and more")).entry?.seq == 4)
    }

    @Test func `no more than sixty-four are held, and the oldest leaves`() throws {
        let service = try TestService(time: time)
        for _ in 1...66 { service.run(.declare()) }
        let held = FoldedStates<Incident>()
        let all = (1...66).compactMap { service.incidents.snapshot($0) }
        for snapshot in all { held.hold(snapshot) }
        #expect((1...66).filter { held.snapshot($0) != nil } == Array(3...66))
        held.forget(10)
        held.hold(all[0])
        #expect((1...66).filter { held.snapshot($0) != nil } == [1] + Array(3...9) + Array(11...66))
    }

    @Test
    func `a refused change to an ended incident reads no entries in the lane, however often it is sent`()
        throws
    {
        let service = try restarted { before in
            for _ in 0..<300 { before.run(.note(1, "a long timeline")) }
            before.run(.change(.number(1), ChangeStatus(to: .cancelled, reason: "false_alarm"), ifMatch: nil))
        }
        let snooze = TestRequest.change(.number(1), SnoozeNags(minutes: 5, reason: "x"), showing: .entry)
        for _ in 0..<20 {
            #expect(service.run(snooze).rule?.type == .incidentEnded)
        }
        #expect(service.lane.meters.entriesFolded.total == 0)
        #expect(service.lane.meters.folds.total == 1, "what was folded is kept, whatever the verdict")
    }

    @Test func `while an ended incident is folded, others are answered`() throws {
        let service = try restarted {
            $0.run(.change(.number(1), ChangeStatus(to: .cancelled, reason: "false_alarm"), ifMatch: nil))
        }
        let waiting = Box<@Sendable () -> Void>()
        let lane = service.lane(onReader: { waiting.put($0) })
        let reopened = Box<Result<WriteAnswer, Refusal>>()
        let note = Box<Result<WriteAnswer, Refusal>>()
        func submit(_ request: TestRequest, _ box: Box<Result<WriteAnswer, Refusal>>) {
            let author = Author(person: Person("alice"), postedBy: "bot")
            lane.submit(
                WriteLane.PendingRequest(request.make(service.incidents), by: author, of: "tok_bot") {
                    box.put($0)
                })
        }
        submit(.change(.number(1), ChangeStatus(to: .investigating), ifMatch: nil), reopened)
        submit(.note(2, "goes on"), note)
        while lane.turn() {}
        #expect(note.value?.entry != nil && reopened.value == nil)
        let fold = try #require(waiting.value)
        fold()
        while lane.turn() {}
        #expect(reopened.value?.snapshot?.incident.episode == 2)
        #expect(reopened.count == 1)
    }

    @Test func `a fold that is older than its incident is brought up to date`() throws {
        let service = try restarted {
            $0.run(.change(.number(1), ChangeStatus(to: .cancelled, reason: "false_alarm"), ifMatch: nil))
        }
        let old = try #require(try service.incidentLoader.snapshot(1))
        #expect(service.run(.note(1, "after the end")).entry?.seq == 3)
        service.end()
        let again = try TestService(in: service.folder, time: time)
        var request = WriteLane.PendingRequest(
            TestRequest.note(1, "and more").make(again.incidents), by: .service, of: nil
        ) { result in #expect(result.entry?.seq == 4) }
        request.folded[old.stream] = old
        again.lane.submit(request)
        again.takeTurns()
        #expect(again.incidents.snapshot(1)?.seq == 4)
        #expect(again.lane.meters.entriesFolded.total == 1)
        #expect(again.lane.meters.folds.total == 0)
    }
}
