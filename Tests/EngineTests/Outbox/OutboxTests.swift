import Incidents
import Journal
import JSON
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

struct OutboxTests {
    let time = ManualTime()
    let transport = RecordingTransport()
    let service: TestService

    init() throws {
        service = try TestService(time: time, transport: transport)
        service.run(.webhook("a"))
    }

    private func url(_ webhook: String) -> String { "https://\(webhook).test/hook" }

    @discardableResult
    private func tick(_ service: TestService? = nil) -> Timestamp? {
        let service = service ?? self.service
        defer { service.takeTurns() }
        return service.outbox.tick(at: service.now)
    }

    /// Takes ticks and accepts everything until nothing is due.
    private func deliverAll() {
        for _ in 0..<1_000 {
            tick()
            guard transport.accept() > 0 else { return }
            service.takeTurns()
        }
        Issue.record("It never ends")
    }

    private func types(to webhook: String? = nil) throws -> [String] {
        try transport.sent.filter { webhook == nil || $0.url == url(webhook ?? "") }.map { message in
            guard case .object(let body) = try JSONReader.read(message.body, limits: .stored),
                case .string(let type)? = body["type"]
            else { return "?" }
            return type
        }
    }

    private func delivery(_ id: Int) throws -> Delivery {
        try #require(try service.store.deliveries().first { $0.id == id })
    }

    @Test func `each event is sent once, in order, and recorded`() throws {
        service.run(.declare())
        service.run(.assign(1, .communicator, "bob"))
        service.run(.raise(1, to: .critical))
        deliverAll()
        #expect(
            try types() == ["incident.declared", "incident.role_assigned", "incident.severity_raised"])
        #expect(try service.store.deliveries().allSatisfy { $0.state == .delivered && $0.attempts == 1 })
        #expect(try service.store.deliveries().map(\.lastStatus) == [200, 200, 200])
        #expect(service.outbox.inFlightCount == 0)
        #expect(service.outbox.tick(at: service.now) == nil)
    }

    @Test func `a message carries the webhook's secret, its own id, and the moment of the attempt`() throws {
        service.run(.declare())
        time.advance(by: .seconds(3))
        tick()
        let message = try #require(transport.sent.first)
        #expect(message.url == url("a"))
        #expect(message.secrets == ["whsec_a"])
        #expect(message.id == (try delivery(1)).messageID)
        #expect(message.id.hasPrefix("msg_"))
        #expect(message.sentAt == service.now)
    }

    @Test func `a stop is no failure of the receiver: the next start sends the same message again`() throws {
        service.run(.declare())
        tick()
        let message = try #require(transport.sent.first)
        service.outbox.stop()
        transport.answer(.stopped)
        service.takeTurns()
        #expect(try delivery(1).attempts == 0)
        #expect(try delivery(1).state == .pending && delivery(1).lastError == nil)
        #expect(service.credentials.webhook("a")?.failingSince == nil)
        #expect(service.outbox.inFlightCount == 0)
        service.end()
        let again = try TestService(in: service.folder, time: time, transport: transport)
        tick(again)
        #expect(transport.sent.map(\.id) == [message.id, message.id])
    }

    @Test func `a webhook that fails with a backlog is tried once a second`() throws {
        for _ in 0..<5 { service.run(.declare()) }
        var sentAt: [Timestamp] = []
        for _ in 0..<40 {
            tick()
            if transport.answer(.status(500)) > 0 { sentAt.append(service.now) }
            service.takeTurns()
            time.advance(by: .milliseconds(100))
        }
        #expect(sentAt.count == 5, "the second at once, as the failure may concern the first delivery only")
        let later = sentAt.dropFirst()
        #expect(zip(later, later.dropFirst()).allSatisfy { $1 - $0 >= Outbox.pauseAfterFailure })
    }

    @Test func `one attempt at a time for each webhook and class; the next starts when it has ended`() throws
    {
        service.run(.declare())
        service.run(.note(1, "one"))
        service.run(.note(1, "two"))
        service.run(.raise(1, to: .critical))
        tick()
        tick()
        #expect(try Set(types()) == ["incident.declared", "timeline.entry_added"])
        #expect(transport.waiting.count == 2)
        transport.accept()
        #expect(service.outbox.inFlightCount == 2, "until their ends are recorded")
        tick()
        #expect(transport.sent.count == 2)
        tick()
        #expect(transport.sent.count == 4)
    }

    private func mark(_ number: Int, _ value: Bool) {
        var edit = Edited()
        edit.confidential = value
        edit.reason = "because"
        service.run(.change(.number(number), EditIncident(edit), ifMatch: nil))
    }

    @Test func `what is queued of an incident that becomes confidential is superseded, but its nags`() throws
    {
        service.run(.declare())
        service.run(.declare())
        service.run(.note(1, "a word"))
        time.advance(by: .seconds(300))
        service.run(.lookAgain(1))
        mark(1, true)
        service.run(.note(1, "another"))
        let states = try service.store.deliveries().map {
            "\($0.stream?.number ?? 0) \($0.type.rawValue) \($0.state)"
        }
        #expect(
            states == [
                "1 incident.declared superseded", "2 incident.declared pending",
                "1 timeline.entry_added superseded", "1 update.overdue pending",
            ])
        deliverAll()
        #expect(
            try types() == ["update.overdue", "incident.declared"]
                || types() == ["incident.declared", "update.overdue"])
    }

    @Test func `a delivery that is retried by hand while its incident is confidential is not sent`() throws {
        service.run(.declare())
        mark(1, true)
        let id = try delivery(1).messageID
        service.run(.retryDelivery(id))
        #expect(try delivery(1).state == .pending)
        tick()
        tick()
        #expect(transport.sent.isEmpty)
        #expect(try delivery(1).state == .superseded)
        #expect(try delivery(1).lastError == "its incident is confidential")
        mark(1, false)
        service.run(.retryDelivery(id))
        deliverAll()
        #expect(
            try types() == ["incident.edited", "incident.declared"]
                || types() == ["incident.declared", "incident.edited"])
    }

    @Test func `a nag that was queued before has no words when it is sent`() throws {
        service.run(.declare("canary"))
        time.advance(by: .seconds(300))
        service.run(.lookAgain(1))
        mark(1, true)
        deliverAll()
        #expect(try types() == ["update.overdue"])
        let body = try #require(transport.sent.first).body
        #expect(!String(decoding: body, as: UTF8.self).contains("canary"))
    }

    @Test func `a delivery that waits for its retry holds nothing else up`() throws {
        service.run(.declare())
        tick()
        transport.answer(.status(500))
        service.takeTurns()
        service.run(.raise(1, to: .critical))
        tick()
        #expect(try types() == ["incident.declared", "incident.severity_raised"])
    }

    @Test func `nags wait for nothing, but for a few of their own`() throws {
        for _ in 0..<6 { service.run(.declare()) }
        deliverAll()
        let before = transport.sent.count
        time.advance(by: .seconds(300))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        tick()
        #expect(transport.sent.count == before + Outbox.nagsInFlightMax)
        transport.accept()
        service.takeTurns()
        tick()
        #expect(transport.sent.count == before + 6)
    }

    @Test func `a nag does not wait for a status event that hangs, nor for Retry-After`() throws {
        service.run(.declare())
        tick()
        transport.answer(.status(503, retryAfter: .seconds(3_600)))
        service.takeTurns()
        time.advance(by: .seconds(300))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        tick()
        #expect(try types() == ["incident.declared", "update.overdue"])
    }

    @Test func `a dead webhook delays no other`() throws {
        service.run(.webhook("b"))
        for _ in 0..<40 { service.run(.declare()) }
        // No one answers for a; b takes everything.
        for _ in 0..<100 {
            tick()
            transport.accept(from: url("b"))
            service.takeTurns()
        }
        #expect(try types(to: "b").count == 40)
        #expect(try types(to: "a").count == 1)
    }

    @Test func `webhooks that fail leave room for those that do not`() throws {
        // 70 webhooks that fail and hang fill their share, and no more.
        for index in 0..<70 { service.run(.webhook("dead\(index)", events: ["incident.*"])) }
        service.run(.deleteWebhook("a"))
        service.run(.declare())
        for _ in 0..<3 {
            tick()
            transport.answer(.failed("refused"))
            service.takeTurns()
        }
        service.run(.webhook("z", events: ["incident.*"]))
        service.run(.raise(1, to: .critical))
        time.advance(by: .seconds(60))
        tick()
        let waiting = transport.waiting.count
        #expect(waiting <= Outbox.openInFlightMax + 1)
        #expect(try types(to: "z") == ["incident.severity_raised"])
        #expect(service.outbox.inFlightCount <= Outbox.inFlightMax)
    }

    @Test func `webhooks that hung when the service ended leave room for one that took everything`() throws {
        service.run(.declare())
        deliverAll()
        for index in 0..<70 { service.run(.webhook("dead\(index)", events: ["incident.*"])) }
        service.run(.declare())
        tick()
        transport.accept(from: url("a"))
        service.takeTurns()
        // The end comes while the others hang, before a failure could be recorded.
        service.end()
        time.advance(by: .seconds(1))
        let again = try TestService(in: service.folder, time: time, transport: transport)
        tick(again)
        again.run(.raise(2, to: .critical))
        tick(again)
        #expect(try types(to: "a") == ["incident.declared", "incident.declared", "incident.severity_raised"])
        #expect(again.outbox.inFlightCount <= Outbox.inFlightMax)
    }

    @Test func `410 switches the webhook off and cancels what waits for it`() throws {
        service.run(.webhook("b"))
        service.run(.declare())
        service.run(.note(1, "seen"))
        tick()
        transport.answer(.status(410), to: url("a"))
        transport.accept(from: url("b"))
        service.takeTurns()
        #expect(service.credentials.webhook("a")?.disabledAt == service.now)
        #expect(service.credentials.webhook("a")?.disabledReason == "it answered 410 Gone")
        #expect(service.credentials.webhook("b")?.disabledAt == nil)
        service.run(.raise(1, to: .critical))
        deliverAll()
        let left = try service.store.deliveries().filter { $0.webhook == "a" }
        #expect(left.allSatisfy { $0.state == .cancelled })
        #expect(left.count == 2, "none is made for an endpoint that is off")
        #expect(try types(to: "b").count == 3)
    }

    @Test func `a success in the batch of a 410 does not switch the webhook on again`() throws {
        service.run(.declare())
        service.run(.note(1, "seen"))
        tick()
        // The webhook has failed before, so that a success has something to write.
        transport.answer(.status(500))
        service.takeTurns()
        time.advance(by: .seconds(10))
        tick()
        #expect(transport.waiting.count == 2)
        service.submit(.recordAttempt(delivery: 1, service.ended(.status(410))))
        service.submit(.recordAttempt(delivery: 2, service.ended(.status(200))))
        service.takeTurns()
        #expect(service.credentials.webhook("a")?.disabledAt != nil)
    }

    @Test func `five days of nothing but failures switch the webhook off, one success starts again`() throws {
        service.run(.declare())
        func fail(after pause: Duration) {
            time.advance(by: pause)
            service.run(.testWebhook("a"))
            tick()
            transport.answer(.failed("refused"))
            service.takeTurns()
        }
        fail(after: .zero)
        let since = service.now
        fail(after: .seconds(86_400 * 5 - 1))
        #expect(service.credentials.webhook("a")?.failingSince == since)
        #expect(service.credentials.webhook("a")?.disabledAt == nil)
        service.run(.testWebhook("a"))
        tick()
        transport.accept()
        service.takeTurns()
        #expect(service.credentials.webhook("a")?.failingSince == nil)
        fail(after: .seconds(5))
        #expect(service.credentials.webhook("a")?.disabledAt == nil)
        fail(after: .seconds(86_400 * 5))
        #expect(service.credentials.webhook("a")?.disabledAt == service.now)
    }

    @Test func `Retry-After holds the webhook's other events as well, up to an hour`() throws {
        service.run(.declare())
        tick()
        transport.answer(.status(429, retryAfter: .seconds(90)))
        service.takeTurns()
        let until = service.now + .seconds(90)
        service.run(.note(1, "seen"))
        #expect(tick() == until)
        time.advance(by: .milliseconds(89_999))
        tick()
        #expect(transport.sent.count == 1)
        time.advance(by: .milliseconds(1))
        tick()
        #expect(transport.sent.count == 3, "both classes go on")
    }

    @Test func `a retry follows the schedule, with the same id and the same body`() throws {
        service.run(.declare())
        tick()
        transport.answer(.status(500))
        service.takeTurns()
        service.run(.assign(1, .communicator, "bob"))
        tick()
        transport.accept()
        service.takeTurns()
        let first = try delivery(1)
        #expect(first.state == .pending && first.attempts == 1 && first.lastStatus == 500)
        #expect(((service.now + .seconds(4))...(service.now + .seconds(6))).contains(first.nextAt))
        time.advance(by: first.nextAt - service.now)
        tick()
        transport.answer(.failed("connection reset"))
        service.takeTurns()
        #expect(try delivery(1).lastError == "connection reset")
        time.advance(by: .seconds(40))
        deliverAll()
        let attempts = transport.sent.filter { $0.id == first.messageID }
        #expect(attempts.count == 3)
        #expect(Set(attempts.map(\.body)).count == 1)
        #expect(try delivery(1).state == .delivered)
    }

    @Test func `after a crash the same id goes out again`() throws {
        service.run(.declare())
        tick()
        service.end()
        let next = RecordingTransport()
        let again = try TestService(in: service.folder, time: time, transport: next)
        tick(again)
        #expect(next.sent.map(\.id) == transport.sent.map(\.id))
        #expect(next.sent.map(\.body) == transport.sent.map(\.body))
        next.accept()
        again.takeTurns()
        #expect(try again.store.deliveries().map(\.state) == [.delivered])
    }

    @Test func `an end that cannot be recorded is kept and recorded later; nothing is sent again meanwhile`()
        throws
    {
        service.run(.declare())
        tick()
        service.store.always(.refusesLock)
        transport.accept()
        service.takeTurns()
        tick()
        tick()
        #expect(transport.sent.count == 1)
        #expect(service.outbox.inFlightCount == 1)
        service.store.always(.none)
        tick()
        #expect(try delivery(1).state == .delivered)
        #expect(service.outbox.inFlightCount == 0)
        #expect(transport.sent.count == 1)
    }

    @Test func `what expired is not sent, and no fault of the webhook`() throws {
        service.run(.testWebhook("a"))
        time.advance(by: .seconds(906))
        tick()
        #expect(transport.sent.isEmpty)
        #expect(try delivery(1).state == .superseded)
        #expect(service.credentials.webhook("a")?.failingSince == nil)
        service.run(.declare())
        time.advance(by: .seconds(86_406))
        tick()
        #expect(try delivery(2).state == .exhausted)
        #expect(try delivery(2).lastError == "it expired before it could be sent")
        #expect(service.outbox.inFlightCount == 0)
    }

    @Test func `an update supersedes the nags that wait, and one under way stays so unless it arrives`()
        throws
    {
        service.run(.webhook("b"))
        service.run(.declare())
        deliverAll()
        time.advance(by: .seconds(300))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        tick()
        #expect(transport.waiting.count == 2)
        service.run(.update(1))
        transport.accept(from: url("a"))
        transport.answer(.status(500), to: url("b"))
        service.takeTurns()
        let nags = try service.store.deliveries().filter { $0.type == .updateOverdue }
        #expect(
            nags.map(\.state) == [.delivered, .superseded] || nags.map(\.state) == [.superseded, .delivered])
        #expect(nags.first { $0.webhook == "b" }?.state == .superseded)
        time.advance(by: .seconds(200))
        deliverAll()
        #expect(try types().count { $0 == "update.overdue" } == 2, "the failed one is not tried again")
    }

    @Test func `the next nag supersedes the one before, and the end all of them`() throws {
        service.run(.declare())
        deliverAll()
        func nag(after pause: Duration) {
            time.advance(by: pause)
            _ = service.scheduler.tick(at: service.now)
            service.takeTurns()
        }
        nag(after: .seconds(300))
        nag(after: .seconds(300))
        var nags = try service.store.deliveries().filter { $0.type == .updateOverdue }
        #expect(nags.map(\.state) == [.superseded, .pending])
        service.run(.resolve(1))
        nags = try service.store.deliveries().filter { $0.type == .updateOverdue }
        #expect(nags.map(\.state) == [.superseded, .superseded])
    }

    @Test func `the decision and the standstill have events of their own, which other things outdate`() throws
    {
        service.run(.webhook("n", events: ["decision.*", "progress.*", "update.overdue"]))
        service.run(.declare())
        let declaredAt = service.now
        func look(at seconds: Int) {
            time.advance(by: declaredAt + .seconds(seconds) - service.now)
            _ = service.scheduler.tick(at: service.now)
            service.takeTurns()
        }
        func states() throws -> [String: Delivery.State] {
            let all = try service.store.deliveries().filter { $0.webhook == "n" }
            return Dictionary(all.map { ($0.type.rawValue, $0.state) }) { $1 }
        }
        time.advance(by: .seconds(1_200))
        service.run(.update(1))
        look(at: 1_800)
        look(at: 2_100)
        #expect(try states() == ["update.overdue": .pending, "progress.stalled": .pending])
        service.run(.note(1, "a bot is there"))
        #expect(try states()["progress.stalled"] == .pending)
        service.run(
            .change(.number(1), PostEntry(DecisionMade(), text: "Roll back"), showing: .entry, ifMatch: nil))
        #expect(try states() == ["update.overdue": .pending, "progress.stalled": .superseded])
        look(at: 3_600)
        #expect(try states()["decision.due"] == .pending)
        let due = try service.store.deliveries().filter { $0.webhook == "n" }.map(\.dueAt)
        #expect(due == [1_800, 2_100, 2_100, 3_600].map { declaredAt + .seconds($0) })
        service.run(.update(1))
        #expect(try states()["update.overdue"] == .superseded)
        #expect(try states()["decision.due"] == .pending)
        service.run(
            .change(.number(1), Escalate(to: Person("cto"), reason: "stuck"), showing: .entry, ifMatch: nil))
        #expect(try states()["decision.due"] == .superseded)
        #expect(try states()["decision.escalated"] == .pending)
    }

    @Test func `a nag for the decision says what it is about, and brings a draft for deciding`() throws {
        service.run(.webhook("n", events: ["decision.due"]))
        service.run(.declare())
        time.advance(by: .seconds(3_661))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        tick()
        let message = try #require(transport.sent.last { $0.url == url("n") })
        let body = String(decoding: message.body, as: UTF8.self)
        #expect(body.contains(#""type":"decision.due""#))
        #expect(body.contains(#""nag":{"about":"decision","number":1,"deadline":""#))
        #expect(body.contains(#""late_seconds":61"#))
        #expect(body.contains(#""draft":{"audience":"internal","template":"decide","text":""#))
        #expect(body.contains("A decision is due: resolve or escalate."))
    }

    @Test func `a nag says for whom it is, how late, and brings a draft`() throws {
        var details = Declared.Details(title: "People cannot sign in")
        details.roles[.communicator] = .init(person: Person("bob"), contact: "tel:+49")
        service.run(.declare(Declare(.major, details)))
        service.run(.webhook("n", events: ["update.overdue"]))
        time.advance(by: .seconds(361))
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
        tick()
        let message = try #require(transport.sent.last { $0.url == url("n") })
        guard case .object(let body) = try JSONReader.read(message.body, limits: .stored),
            case .object(let data)? = body["data"], case .object(let nag)? = data["nag"],
            case .object(let draft)? = data["draft"], case .object(let entry)? = data["entry"],
            case .object(let incident)? = data["incident"]
        else {
            Issue.record("\(String(decoding: message.body, as: UTF8.self))")
            return
        }
        #expect(body["type"] == .string("update.overdue"))
        #expect(nag["about"] == .string("update"))
        #expect(nag["number"] == .integer(1))
        #expect(nag["late_seconds"] == .integer(61))
        #expect(
            nag["to"]
                == .array([
                    .object(
                        JSONObject([
                            .init(name: "role", value: .string("communicator")),
                            .init(name: "person", value: .string("bob")),
                            .init(name: "contact", value: .string("tel:+49")),
                        ]))
                ]))
        #expect(nag["link"] == .string("http://drumbeat.test/v1/incidents/INC-1"))
        #expect(draft.members.map(\.name) == ["audience", "template", "text", "basis_seq"])
        #expect(draft["audience"] == .string("public") && draft["template"] == .string("acknowledge"))
        #expect(draft["basis_seq"] == entry["seq"])
        #expect(entry["kind"] == .string("nag_sent"))
        #expect(incident["ref"] == .string("INC-1"))
        #expect(incident["version"] == entry["seq"], "the incident is as of the nag")
    }

    @Test func `a body is made as of its event, however late it is sent`() throws {
        service.run(.declare())
        let delivery = try delivery(1)
        let body = try service.bodies.make(delivery)
        service.run(.raise(1, to: .critical))
        service.run(.resolve(1))
        #expect(try service.bodies.make(delivery) == body)
        #expect(String(decoding: body, as: UTF8.self).contains(#""severity":"major""#))
        service.end()
        let again = try TestService(in: service.folder, time: time, transport: transport)
        #expect(try again.bodies.make(delivery) == body)
    }

    @Test func `a stopped outbox starts nothing, and still records what ends`() throws {
        service.run(.declare())
        service.run(.note(1, "seen"))
        tick()
        service.outbox.stop()
        transport.accept()
        service.takeTurns()
        service.run(.raise(1, to: .critical))
        tick()
        #expect(transport.sent.count == 2)
        #expect(try delivery(1).state == .delivered)
    }

    @Test func `patterns choose what a webhook gets`() throws {
        service.run(.webhook("t", events: ["timeline.*"]))
        service.run(.webhook("u", events: ["update.*", "incident.resolved"]))
        service.run(.declare())
        service.run(.note(1, "seen"))
        service.run(.update(1))
        service.run(.resolve(1))
        deliverAll()
        #expect(try types(to: "t") == ["timeline.entry_added"])
        #expect(try Set(types(to: "u")) == ["update.published", "incident.resolved"])
        #expect(try types(to: "a").count == 4)
    }
}
