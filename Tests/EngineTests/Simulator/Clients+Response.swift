import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Time

@testable import API

/// What responders ask for besides entries, updates and states. `ResponseCheck` has what becomes of it.
extension Clients {
    /// Text of every line of the chat log.
    static let logMark = "order-log."

    mutating func response(_ mark: String, _ number: Int, _ service: TestService) -> Order {
        switch dice.below(100) {
        case 0..<15:
            let item = dice.one(of: ChecklistItem.confirmImpact, .quickChecks, .writeDown)
            return Order(request: .change(.number(number), TickChecklist(item)))
        case 15..<30: return batch(mark, number, at: service.now)
        case 30..<45: return chatLog(number, service) ?? batch(mark, number, at: service.now)
        case 45..<85: return Order(request: mitigation(mark, number, service))
        default: return Order(request: exception(mark, number, service))
        }
    }

    /// Three entries, of which one may be recorded already and one may be refused.
    private mutating func batch(_ mark: String, _ number: Int, at now: Timestamp) -> Order {
        let parts = (0..<3).map { "\(mark.dropLast()).\($0);" }
        let source = Source(system: "chat", ref: "message-\(dice.below(12))", url: nil)
        let posts = [
            PostEntry(Note(), text: parts[0]),
            PostEntry(Todo(owner: nil, minutes: 5), text: parts[1], source: dice.happens(30) ? source : nil),
            PostEntry(Note(), text: parts[2], occurredAt: dice.happens(30) ? now + .seconds(3_600) : nil),
        ]
        let author = dice.happens(50) ? Person("dora") : nil
        return Order(
            request: TestRequest { shelf in
                PerformEach(posts.map { .init($0, by: author) }, on: .number(number), in: shelf)
            }, parts: parts)
    }

    /// The same log each time, as far as it goes by then.
    private mutating func chatLog(_ number: Int, _ service: TestService) -> Order? {
        let parts = (0..<2 + dice.below(4)).map { "\(Clients.logMark)\($0);" }
        // Of one person at one time are several messages.
        let lines = parts.enumerated().map { index, text in
            "[10:0\(index / 3)] \(index % 3 == 2 ? "bob" : "alice"): \(text)"
        }
        guard let log = try? ChatLog((["2026-01-14"] + lines).joined(separator: "\n")),
            let day = CivilDate(year: 2026, month: 1, day: 14),
            let entries = try? ChatEntries(
                log.dated(from: day, in: .utc), in: StreamID(Incident.self, number), from: service.reader)
        else { return nil }
        return Order(
            request: TestRequest { shelf in
                PerformEach(
                    entries.items.map(\.request), on: .number(number), in: shelf)
            }, parts: parts)
    }

    /// Starts a mitigation, or goes on with one.
    private mutating func mitigation(_ mark: String, _ number: Int, _ service: TestService) -> TestRequest {
        let active = service.incidents.snapshot(.number(number))?.incident.mitigations.active ?? []
        let parallel = dice.happens(40) ? mark : nil
        if dice.happens(60), let one = active.randomElement(using: &dice) {
            if one.state == .requested, dice.happens(80) {
                let answer = AnswerRollback(
                    one.id, approved: dice.happens(70), reason: mark, parallelReason: parallel)
                return .change(.number(number), answer, showing: .entry)
            }
            let result = dice.one(of: Mitigation.Result.worked, .noEffect, .madeWorse, .abandoned)
            return .change(.number(number), EndMitigation(one.id, result, result: mark))
        }
        let plan = Mitigation.Plan(action: mark)
        guard dice.happens(50) else {
            return .change(
                .number(number), StartMitigation(.flagOff, plan, parallelReason: parallel), showing: .entry)
        }
        let rollback = Rollback(to: "2.13", .safe, override: dice.happens(30), reason: mark)
        return .change(
            .number(number), StartMitigation(.rollback, plan, parallelReason: parallel, rollback: rollback),
            showing: .entry)
    }

    /// Allows deploys, or ends what allows or freezes them.
    private mutating func exception(_ mark: String, _ number: Int, _ service: TestService) -> TestRequest {
        let exceptions = service.incidents.snapshot(.number(number))?.incident.exceptions ?? []
        if dice.happens(40), let one = exceptions.randomElement(using: &dice) {
            return .change(.number(number), RevokeException(id: one.id))
        }
        if dice.happens(20) { return .change(.number(number), LiftFreeze()) }
        let scope = dice.one(of: nil, "web", "*")
        return .change(
            .number(number), GrantException(minutes: 1 + dice.below(120), scope: scope, what: mark),
            showing: .entry)
    }
}
