import Journal
import Testing
import Time

@testable import Storage

struct DeliveryTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let reader: SQLiteReader

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.serving(folder)
        reader = store.reader()
    }

    private func state(_ id: Int) throws -> Delivery.State? {
        try reader.delivery(messageID: "msg_\(id)")?.state
    }

    @Test func `due ones come first by moment, then by id, of one endpoint and class`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1, nextAt: noon + .seconds(2)),
                Sample.delivery(2, nextAt: noon + .seconds(1)),
                Sample.delivery(3, nextAt: noon + .seconds(1)), Sample.delivery(4, to: "whk_b"),
                Sample.delivery(5, type: .entryAdded), Sample.delivery(6, nextAt: noon + .seconds(60)),
            ]
        }
        let now = noon + .seconds(2)
        #expect(try reader.dueDeliveries(to: "whk_a", .nag, at: now, limit: 9).map(\.id) == [2, 3, 1])
        #expect(try reader.dueDeliveries(to: "whk_a", .nag, at: now, limit: 1).map(\.id) == [2])
        #expect(try reader.dueDeliveries(to: "whk_a", .status, at: now, limit: 9).isEmpty)
        #expect(try reader.nextDelivery(to: "whk_a", .nag) == noon + .seconds(1))
        #expect(try reader.nextDelivery(to: "whk_a", .record) == noon)
        #expect(try reader.nextDelivery(to: "whk_c", .nag) == nil)
        #expect(try reader.pendingDeliveries(countMax: 100) == 6)
        #expect(try reader.pendingDeliveries(countMax: 4) == 4)
    }

    @Test func `a retry waits for its moment, an end is no longer due`() throws {
        try store.write { $0.deliveries = [Sample.delivery(1), Sample.delivery(2)] }
        try store.write { $0.results = [Sample.result(1, .pending), Sample.result(2, .delivered)] }
        #expect(try reader.dueDeliveries(to: "whk_a", .nag, at: noon, limit: 9).isEmpty)
        #expect(try reader.nextDelivery(to: "whk_a", .nag) == noon + .seconds(5))
        let first = try #require(try reader.delivery(messageID: "msg_1"))
        #expect(first.attempts == 1)
        #expect(first.lastStatus == 503)
        #expect(first.lastError == "503 Service Unavailable")
        #expect(try state(2) == .delivered)
        #expect(try reader.pendingDeliveries(countMax: 100) == 1)
    }

    @Test func `a late result does not bring back what was superseded or cancelled`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1), Sample.delivery(2), Sample.delivery(3, to: "whk_b"), Sample.delivery(4),
            ]
            batch.supersededNags = [(incident: 1, types: [.updateOverdue], throughDelivery: 2)]
            batch.cancelledEndpoints = ["whk_b"]
            batch.results = [Sample.result(4, .delivered)]
        }
        try store.write { batch in
            batch.results = [
                Sample.result(1, .pending), Sample.result(2, .delivered), Sample.result(3, .exhausted),
                Sample.result(4, .pending, attempts: 7),
            ]
        }
        #expect(try state(1) == .superseded)
        #expect(try state(2) == .delivered)
        #expect(try state(3) == .cancelled)
        #expect(try state(4) == .delivered)
        #expect(try reader.delivery(messageID: "msg_4")?.attempts == 1)
        #expect(try reader.dueDeliveries(to: "whk_a", .nag, at: noon + .seconds(99), limit: 9).isEmpty)
    }

    @Test func `an update supersedes its incident's waiting nags up to an id, and nothing else`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1), Sample.delivery(2, type: .updateDueSoon), Sample.delivery(3, incident: 2),
                Sample.delivery(4, type: .endpointTest), Sample.delivery(5, type: .incidentDeclared),
                Sample.delivery(6, type: .entryAdded), Sample.delivery(7),
            ]
            batch.results = [Sample.result(1, .exhausted)]
        }
        try store.write { batch in
            batch.deliveries = [Sample.delivery(8, type: .decisionDue)]
            batch.supersededNags = [(1, [.updateOverdue, .updateDueSoon], throughDelivery: 6)]
        }
        let states = try (1...8).map { try state($0) }
        #expect(
            states == [.exhausted, .superseded, .pending, .pending, .pending, .pending, .pending, .pending])
        try store.write { $0.supersededNags = [(1, [.decisionDue], throughDelivery: 8)] }
        #expect(try (1...8).map { try state($0) } == states.dropLast() + [.superseded])
    }

    @Test func `a deadline is announced to an endpoint once`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1, type: .updateDueSoon),
                Sample.delivery(2, to: "whk_b", type: .updateDueSoon),
                Sample.delivery(3, type: .updateDueSoon, incident: 2),
                Sample.delivery(4, type: .updateDueSoon, dueAt: noon + .seconds(1)),
                // Nags of one deadline differ by number, so they may repeat.
                Sample.delivery(5), Sample.delivery(6),
            ]
        }
        let fault = #expect(throws: StoreFault.self) {
            try store.write { $0.deliveries = [Sample.delivery(7, type: .updateDueSoon)] }
        }
        #expect(fault.map(isConstraint) == true)
        #expect(try reader.head().delivery == 6)
    }

    @Test func `a deleted endpoint is gone and its waiting deliveries are cancelled`() throws {
        try store.write { batch in
            batch.endpoints = [Sample.endpoint("whk_a"), Sample.endpoint("whk_b")]
            batch.deliveries = [Sample.delivery(1), Sample.delivery(2), Sample.delivery(3, to: "whk_b")]
            batch.results = [Sample.result(1, .delivered)]
        }
        try store.write { batch in
            batch.endpoints = [Sample.endpoint("whk_a", events: ["*"])]
            batch.deletedEndpoints = ["whk_a"]
        }
        #expect(try reader.endpoints().map(\.id) == ["whk_b"])
        #expect(try (1...3).map { try state($0) } == [.delivered, .cancelled, .pending])
    }

    @Test func `an endpoint is written over by id`() throws {
        try store.write { $0.endpoints = [Sample.endpoint("whk_a")] }
        var changed = Sample.endpoint("whk_a", events: ["incident.*"])
        changed.disabledAt = noon
        changed.disabledReason = "410 Gone"
        changed.failingSince = nil
        try store.write { $0.endpoints = [changed] }
        #expect(try reader.endpoints() == [changed])
    }
}
