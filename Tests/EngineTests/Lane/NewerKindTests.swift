import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// A journal to which a newer version of Drumbeat has written: what it says is read, and nothing is decided on it.
struct NewerKindTests {
    let time = ManualTime()
    let service: TestService

    /// INC-1 has an entry of a kind that this version does not know; INC-2 has none.
    init() throws {
        let before = try TestService(time: time)
        before.run(.webhook("a"))
        before.run(.declare())
        before.run(.declare())
        let (first, row) = (
            try #require(try before.reader.entries(of: 1, seqs: [1]).first),
            try #require(try before.reader.incident(1))
        )
        var newer = first
        newer.position = before.position.value + 1
        newer.seq = 2
        newer.id = "01KF0Q2XG0NEWERNEWERNEWER0"
        newer.kind = "run_step"
        newer.facts = Array(#"{"until":"2026-01-15T10:30:00.000Z"}"#.utf8)
        newer.hash = Chain.hash(of: newer, in: row.id.text, after: first.hash)
        let added = newer
        let announcement = Delivery(
            id: try before.reader.head().delivery + 1, messageID: "msg_01KF0Q2XG0NEWERNEWERNEWER0",
            webhook: "a",
            type: EventType("watch.reset", .status, ""), stream: 1, seq: 2, dueAt: nil,
            createdAt: before.now,
            nextAt: before.now, expiresAt: before.now + .seconds(3_600))
        try before.store.commit { _, _ in
            var batch = Batch()
            batch.entries = [added]
            var changed = row
            changed.seq = 2
            batch.states = [changed]
            batch.deliveries = [announcement]
            return batch
        }
        before.end()
        service = try TestService(in: before.folder, time: time)
    }

    @Test(arguments: [TestRequest.note(1, "x"), .update(1), .raise(1, to: .critical), .resolve(1)])
    func `nothing is decided on it, and the refusal says why`(request: TestRequest) throws {
        let refusal = try #require(service.run(request).refusal)
        expectNewerKind(refusal)
        #expect(try service.entries(of: 1).count == 2)
        #expect(service.lane.storeState == .ok, "the store is well")
        #expect(service.run(.note(2, "goes on")).entry?.seq == 2)
    }

    private func expectNewerKind(_ refusal: Refusal, at place: SourceLocation = #_sourceLocation) {
        #expect(refusal.type == .storageUnavailable, sourceLocation: place)
        #expect(refusal.retryAfter == .seconds(60), sourceLocation: place)
        for words in ["INC-1", "run_step", "newer version of Drumbeat", "same Idempotency-Key"] {
            #expect(refusal.detail.contains(words), "\(refusal.detail)", sourceLocation: place)
        }
    }

    @Test func `nor is a duplicate of it, whose link it would have to take`() throws {
        let result = service.run(.cancelAsDuplicate(.number(2), of: .number(1), ifMatch: nil))
        expectNewerKind(try #require(result.refusal))
        #expect(service.incidents.snapshot(2)?.incident.status == .investigating)
    }

    @Test func `it is read at the start and later, with what it says`() throws {
        #expect(service.incidents.snapshot(1)?.incident.seq == 2)
        #expect(service.incidents.snapshot(1)?.newerKind == "run_step")
        #expect(try service.incidentLoader.snapshot(1, asOf: 1)?.newerKind == nil)
        #expect(try service.incidentLoader.snapshot(1, asOf: 2)?.incident.seq == 2)
        #expect(try service.entries(of: 1).map(\.kind) == [Declared.kind, "run_step"])
    }

    @Test func `what the newer version had to deliver goes out, under the name it was given`() throws {
        let delivery = try #require(
            try service.reader.delivery(messageID: "msg_01KF0Q2XG0NEWERNEWERNEWER0"))
        #expect(delivery.type.rawValue == "watch.reset")
        #expect(delivery.type.retryClass == .status)
        let body = String(decoding: try service.bodies.make(delivery), as: UTF8.self)
        #expect(body.contains(#""type":"watch.reset""#) && body.contains(#""kind":"run_step""#))
    }

    @Test func `it is not nagged about, which the log says, and the others are`() throws {
        #expect(
            service.log.lines.contains { $0.contains("incident.newer_kind") && $0.contains("run_step") })
        for minutes in [5, 10, 15, 60] {
            time.advance(by: .seconds(60 * minutes))
            _ = service.scheduler.tick(at: service.now)
            service.takeTurns()
        }
        #expect(try service.entries(of: 1).count == 2)
        #expect(try service.entries(of: 2).contains { $0.kind == NagSent.kind })
        #expect(!service.log.events.contains("nag.delayed"), "it is not asked for each second")
    }
}
