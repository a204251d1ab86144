import Incidents
import Journal
import Model
import TestSupport
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

    @Test func `due ones come first by moment, then by id, of one webhook and class`() throws {
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
            batch.supersededNags = [(stream: 1, types: [.updateOverdue], throughDelivery: 2)]
            batch.cancelledWebhooks = ["whk_b"]
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
                Sample.delivery(1), Sample.delivery(2, type: .updateDueSoon), Sample.delivery(3, stream: 2),
                Sample.delivery(4, type: .webhookTest), Sample.delivery(5, type: Declared.event),
                Sample.delivery(6, type: .entryAdded), Sample.delivery(7),
            ]
            batch.results = [Sample.result(1, .exhausted)]
        }
        try store.write { batch in
            batch.deliveries = [Sample.delivery(8, type: DecisionNag.event)]
            batch.supersededNags = [(1, [.updateOverdue, .updateDueSoon], throughDelivery: 6)]
        }
        let states = try (1...8).map { try state($0) }
        #expect(
            states == [.exhausted, .superseded, .pending, .pending, .pending, .pending, .pending, .pending])
        try store.write { $0.supersededNags = [(1, [DecisionNag.event], throughDelivery: 8)] }
        #expect(try (1...8).map { try state($0) } == states.dropLast() + [.superseded])
    }

    @Test func `what waits of a confidential incident is superseded up to an id, except its nags`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1), Sample.delivery(2, type: .updateDueSoon),
                Sample.delivery(3, type: .entryAdded), Sample.delivery(4, type: Declared.event),
                Sample.delivery(5, type: .entryAdded, stream: 2), Sample.delivery(6, type: .webhookTest),
                Sample.delivery(7, type: .entryAdded), Sample.delivery(8, type: .entryAdded),
            ]
            batch.results = [Sample.result(3, .delivered)]
        }
        try store.write { batch in
            batch.withheld = [(1, throughDelivery: 7)]
        }
        #expect(
            try (1...8).map { try state($0) } == [
                .pending, .pending, .delivered, .superseded, .pending, .pending, .superseded, .pending,
            ])
    }

    @Test func `a deadline is announced to a webhook once`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1, type: .updateDueSoon),
                Sample.delivery(2, to: "whk_b", type: .updateDueSoon),
                Sample.delivery(3, type: .updateDueSoon, stream: 2),
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

    @Test func `a deleted webhook is gone and its waiting deliveries are cancelled`() throws {
        try store.write { batch in
            batch.webhooks = [Sample.webhook("whk_a"), Sample.webhook("whk_b")]
            batch.deliveries = [Sample.delivery(1), Sample.delivery(2), Sample.delivery(3, to: "whk_b")]
            batch.results = [Sample.result(1, .delivered)]
        }
        try store.write { batch in
            batch.webhooks = [Sample.webhook("whk_a", events: ["*"])]
            batch.deletedWebhooks = ["whk_a"]
        }
        #expect(try reader.webhooks().map(\.id) == ["whk_b"])
        #expect(try (1...3).map { try state($0) } == [.delivered, .cancelled, .pending])
    }

    @Test func `a webhook is written over by id`() throws {
        try store.write { $0.webhooks = [Sample.webhook("whk_a")] }
        var changed = Sample.webhook("whk_a", events: ["incident.*"])
        changed.disabledAt = noon
        changed.disabledReason = "410 Gone"
        changed.failingSince = nil
        try store.write { $0.webhooks = [changed] }
        #expect(try reader.webhooks() == [changed])
    }

    private func attempt(_ delivery: Int, _ number: Int) -> Attempt {
        Attempt(
            delivery: delivery, number: number, startedAt: noon, duration: .milliseconds(15_003),
            status: number.isMultiple(of: 2) ? 503 : nil, detail: "why \(number)")
    }

    @Test func `attempts come back as they were, the newest of each delivery`() throws {
        try store.write { batch in
            batch.deliveries = [Sample.delivery(1), Sample.delivery(2), Sample.delivery(3)]
            batch.attempts = (1...Attempt.keptMax + 3).map { attempt(1, $0) } + [attempt(2, 1)]
        }
        let attempts = try reader.attempts(of: [1, 2, 3])
        #expect(attempts[1] == (4...Attempt.keptMax + 3).map { attempt(1, $0) })
        #expect(attempts[2] == [attempt(2, 1)])
        #expect(attempts[3]?.isEmpty != false)
    }

    @Test func `the same attempt twice is kept as it was first`() throws {
        try store.write { batch in
            batch.deliveries = [Sample.delivery(1)]
            batch.attempts = [attempt(1, 1)]
        }
        var other = attempt(1, 1)
        other.detail = "late"
        try store.write { $0.attempts = [other] }
        #expect(try reader.attempts(of: [1])[1] == [attempt(1, 1)])
    }

    @Test func `deliveries are listed newest first, of one webhook, of all states or one`() throws {
        try store.write { batch in
            batch.deliveries = (1...6).map { Sample.delivery($0, to: $0 == 4 ? "whk_b" : "whk_a") }
            batch.results = [Sample.result(2, .exhausted), Sample.result(5, .exhausted)]
        }
        func ids(_ state: Delivery.State?, before: Int? = nil, _ limit: Int = 9) throws -> [Int] {
            try reader.deliveries(to: "whk_a", state, before: before, limit: limit).map(\.id)
        }
        #expect(try ids(nil) == [6, 5, 3, 2, 1])
        #expect(try ids(nil, before: 5, 2) == [3, 2])
        #expect(try ids(.exhausted) == [5, 2])
        #expect(try ids(.exhausted, before: 5) == [2])
        #expect(try ids(.cancelled) == [])
    }

    @Test func `a backlog counts what is pending up to a limit, and names the first that is due`() throws {
        try store.write { batch in
            batch.deliveries = [
                Sample.delivery(1, nextAt: noon + .seconds(9)),
                Sample.delivery(2, type: .entryAdded, nextAt: noon + .seconds(3)),
                Sample.delivery(3, type: Declared.event, nextAt: noon + .seconds(1)),
                Sample.delivery(4, to: "whk_b"),
            ]
            batch.results = [Sample.result(3, .delivered)]
        }
        #expect(
            try reader.backlog(of: "whk_a", countMax: 9)
                == Backlog(pending: 2, firstDue: noon + .seconds(3)))
        #expect(try reader.backlog(of: "whk_a", countMax: 1).pending == 1)
        #expect(try reader.backlog(of: "whk_c", countMax: 9) == Backlog(pending: 0, firstDue: nil))
    }

    @Test func `what is forgotten is gone with its attempts, and its id is not given again`() throws {
        try store.write { batch in
            batch.deliveries = (1...3).map { Sample.delivery($0) }
            batch.attempts = [attempt(1, 1), attempt(2, 1)]
        }
        try store.commit { (_, lookup) throws(StoreFault) in
            let after = try lookup.deliveries(after: 1, limit: 9).map(\.id)
            #expect(after == [2], "the last one is never looked at")
            return Batch()
        }
        try store.write { $0.forgottenDeliveries = [1, 2] }
        #expect(try reader.deliveries(to: "whk_a", nil, before: nil, limit: 9).map(\.id) == [3])
        #expect(try reader.attempts(of: [1, 2]).values.allSatisfy(\.isEmpty))
        #expect(try reader.head().delivery == 3)
    }

    @Test func `a new life makes pending what had ended, whatever its state`() throws {
        let states: [Delivery.State] = [.delivered, .exhausted, .superseded, .cancelled, .pending]
        try store.write { batch in
            batch.deliveries = (1...5).map { Sample.delivery($0) }
            batch.results = states.enumerated().map { Sample.result($0.offset + 1, $0.element) }
        }
        try store.write { batch in
            batch.results = (1...5).map { id in
                var result = Sample.result(id, .pending)
                result.renewal = .init(expiresAt: noon + .seconds(9_999), attemptsBefore: 1)
                return result
            }
        }
        for id in 1...5 {
            let delivery = try #require(try reader.delivery(messageID: "msg_\(id)"))
            #expect(delivery.state == .pending)
            #expect(delivery.expiresAt == noon + .seconds(9_999))
            #expect(delivery.attemptsBefore == 1)
            #expect(delivery.attempts == 1)
        }
        try store.write { $0.results = [Sample.result(1, .exhausted, attempts: 2)] }
        #expect(try state(1) == .exhausted)
    }

    @Test func `secrets that sign on, and the mark of one far behind, come back as they were`() throws {
        var webhook = Sample.webhook("whk_a")
        webhook.previousSecrets = [
            .init(secret: "whsec_b", until: noon), .init(secret: "whsec_\"", until: noon + .seconds(1)),
        ]
        webhook.behindSince = noon
        try store.write { $0.webhooks = [webhook] }
        #expect(try reader.webhooks() == [webhook])
        try store.write { $0.webhooks = [Sample.webhook("whk_a")] }
        #expect(try reader.webhooks() == [Sample.webhook("whk_a")])
    }
}
