import Incidents
import Journal
import JSON
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// A nag that waits for its retry when a role changes hands (domain.md, section 6).
struct ReaddressTests {
    let time = ManualTime()
    let transport = RecordingTransport()
    let service: TestService

    init() throws {
        service = try TestService(time: time, transport: transport)
        service.run(.webhook("a", events: ["update.overdue", "decision.*"]))
        service.run(.declare())
        service.run(.assign(1, .communicator, "bob"))
        service.run(.assign(1, .commander, "alice"))
        time.advance(by: .seconds(300))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
    }

    private func fail() {
        _ = service.outbox.tick(at: service.now)
        _ = transport.answer(.status(500))
        service.takeTurns()
    }

    private func nags() throws -> [Delivery] {
        try service.store.deliveries().filter { $0.type.retryClass == .nag && $0.type != .updateDueSoon }
    }

    private func recipients(_ delivery: Delivery) throws -> [String] {
        guard
            case .object(let body) = try JSONReader.read(try service.bodies.make(delivery), limits: .stored),
            case .object(let data)? = body["data"], case .object(let nag)? = data["nag"],
            case .array(let to)? = nag["to"], case .object(let entry)? = data["entry"]
        else { return ["?"] }
        #expect(entry["kind"] == .string("nag_sent"))
        return to.map { recipient in
            guard case .object(let object) = recipient, case .string(let person)? = object["person"] else {
                return "?"
            }
            return person
        }
    }

    @Test func `what waits for the former holder ends, and today's holder gets it under a new id`() throws {
        fail()
        service.run(.assign(1, .communicator, "carol"))
        let both = try nags()
        #expect(both.map(\.state) == [.superseded, .pending])
        #expect(both[0].messageID != both[1].messageID)
        #expect(both[0].dueAt == both[1].dueAt && both[0].expiresAt == both[1].expiresAt)
        #expect(both[1].nextAt == service.now, "at once")
        #expect(try recipients(both[0]) == ["bob"])
        #expect(try recipients(both[1]) == ["carol"])
        #expect(
            try service.entries(of: 1).compactMap { try $0.nag() }.map { $0.to.map(\.person.name) } == [
                ["bob"]
            ])
        service.run(.change(.number(1), ReleaseRole(.communicator), showing: .state, ifMatch: nil))
        let third = try nags()
        #expect(third.map(\.state) == [.superseded, .superseded, .pending])
        #expect(try recipients(third[2]) == ["alice"], "the next in line")
    }

    @Test func `what arrived is not sent again, nor is what others were asked`() throws {
        fail()
        service.run(.assign(1, .scribe, "sam"))
        service.run(.assign(1, .commander, "eve"))
        service.run(.assign(1, .communicator, "@Bob"))
        #expect(try nags().map(\.state) == [.pending], "nag 1 asked bob alone, who still is communicator")
        time.advance(by: .seconds(10))
        _ = service.outbox.tick(at: service.now)
        _ = transport.accept()
        service.takeTurns()
        service.run(.assign(1, .communicator, "carol"))
        #expect(try nags().map(\.state) == [.delivered])
    }

    @Test func `a webhook gets one delivery of an entry, with all its types`() throws {
        service.run(.webhook("b", events: ["cadence.*"]))
        service.run(.webhook("c", events: ["*"]))
        time.advance(by: .seconds(600))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        let third = try #require(try service.entries(of: 1).last)
        let made = try service.store.deliveries().filter { $0.seq == third.seq }
        #expect(
            Dictionary(uniqueKeysWithValues: made.map { ($0.webhook, $0.type.rawValue) }) == [
                "a": "update.overdue", "b": "cadence.breached", "c": "update.overdue",
            ])
        for delivery in made {
            let body = String(decoding: try service.bodies.make(delivery), as: UTF8.self)
            #expect(body.contains(#""types":["update.overdue","cadence.breached"]"#))
        }
    }

    @Test func `a breach that waits for a former holder keeps both its types`() throws {
        time.advance(by: .seconds(600))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        fail()
        service.run(.assign(1, .communicator, "carol"))
        let last = try #require(try nags().last)
        #expect(last.state == .pending)
        let body = String(decoding: try service.bodies.make(last), as: UTF8.self)
        #expect(body.contains(#""types":["update.overdue","cadence.breached"]"#), "\(body)")
        #expect(try recipients(last).first == "carol")
    }

    @Test func `an escalation is sent to whom it names, with the contact it gave`() throws {
        let escalate = Escalate(to: Person("vera"), contact: "tel:9", reason: "stuck")
        service.run(.change(.number(1), escalate, showing: .entry, ifMatch: nil))
        let delivery = try #require(try service.store.deliveries().last)
        #expect(delivery.type == .escalated)
        let body = String(decoding: try service.bodies.make(delivery), as: UTF8.self)
        #expect(body.contains(#""to":[{"role":"escalated","person":"vera","contact":"tel:9"}]"#))
        #expect(body.contains(#""about":"decision","number":0"#))
        #expect(body.contains("escalated to vera: stuck"))
        #expect(body.contains(#""brief":"INC-1 "#), "for a person who knows nothing yet: \(body)")
    }

    @Test func `a handover is asked for with the brief, and a rollback without words to publish`() throws {
        service.run(.webhook("h", events: ["handover.due", "approval.due"]))
        service.run(.assign(1, .rollbackApprover, "carol"))
        let rollback = StartMitigation(
            .rollback, Mitigation.Plan(action: "Roll back"), rollback: Rollback(to: "2.13", .safe))
        service.run(.change(.number(1), rollback, showing: .entry, ifMatch: nil))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        let asked = try #require(try service.store.deliveries().last)
        #expect(asked.type == ApprovalNag.event)
        let body = String(decoding: try service.bodies.make(asked), as: UTF8.self)
        #expect(body.contains(#""about":"approval","number":1"#), "\(body)")
        #expect(body.contains(#""to":[{"role":"rollback_approver","person":"carol","contact":null}]"#))
        #expect(body.contains(#""draft":null,"brief":null"#))
        time.advance(by: .seconds(4 * 3_600))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        let handover = try #require(try service.store.deliveries().last { $0.type == HandoverNag.event })
        let brief = String(decoding: try service.bodies.make(handover), as: UTF8.self)
        #expect(brief.contains(#""about":"handover","number":1"#), "\(brief)")
        #expect(brief.contains(#""draft":null,"brief":"INC-1 "#))
    }
}
