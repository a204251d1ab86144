import Engine
import Incidents
import Journal
import Model
import Storage
import Synchronization
import TestSupport
import Time

/// The receivers of the webhooks, which outlive every process. They respond by their behaviour, and check each attempt.
final class Receivers: Transport {
    fileprivate enum Manners {
        case healthy, slow, failing, throttling, unreachable
        /// It accepts the message, and its response is lost.
        case forgetful
    }

    fileprivate struct Waiting: Sendable {
        var message: OutboundMessage
        var delivery: Delivery
        var answerIn: Duration
        var answerAt: Duration?
        var result: OutboundResult
        var completion: @Sendable (OutboundResult) -> Void
    }

    fileprivate struct Lane: Hashable {
        var webhook: String
        var retryClass: RetryClass
        var stream: StreamID?
    }

    fileprivate struct State {
        var dice: SeededGenerator
        var manners: [String: Manners] = [:]
        var waiting: [Waiting] = []
        var bodies: [String: [Bool: [UInt8]]] = [:]
        var lastFirst: [Lane: Int] = [:]
        /// Messages accepted with a success that the current process has seen.
        var thanked: Set<String> = []
        /// Messages retried by hand: they may arrive after a success, out of order and outdated.
        var allowed: Set<String> = []
        /// All messages ever accepted.
        var taken: Set<String> = []
        var attempts = 0
        var faults: [String] = []
        var isHealed = false
    }

    private let state: Mutex<State>
    private let reader = Mutex<SQLiteReader?>(nil)

    init(seed: UInt64) {
        state = Mutex(State(dice: SeededGenerator(seed: seed)))
    }

    /// Number of attempts.
    var attempts: Int { state.withLock { $0.attempts } }

    /// Whether a webhook got a message at least once.
    func got(_ id: String) -> Bool { state.withLock { $0.taken.contains(id) } }

    func refusal(of url: String, for kind: Webhook.Kind.Name) -> String? { nil }

    /// A process has started; `reader` reads its committed data.
    func serve(_ reader: SQLiteReader) {
        self.reader.withLock { $0 = reader }
    }

    /// The process has died: pending responses are lost.
    func forget() {
        reader.withLock { $0 = nil }
        state.withLock { state in
            state.waiting = []
            state.thanked = []
        }
    }

    /// A message was retried by hand.
    func allow(_ id: String) {
        state.withLock { _ = $0.allowed.insert(id) }
    }

    /// Changes the behaviour of one webhook.
    func changeManners() {
        state.withLock { state in
            let name = state.dice.one(of: "all", "all", "gone")
            state.manners[name] = state.dice.one(
                of: .healthy, .healthy, .healthy, .slow, .failing, .throttling, .unreachable, .forgetful)
        }
    }

    /// Makes every webhook healthy.
    func heal() {
        state.withLock { state in
            state.manners = [:]
            state.isHealed = true
        }
    }

    func takeFaults() -> [String] {
        state.withLock { state in
            defer { state.faults = [] }
            return state.faults
        }
    }

    // MARK: Attempts

    func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void) {
        let (stored, isOutdated) = look(at: message.id)
        let secret = stored.flatMap { self.secret(of: $0.webhook) }
        state.withLock { state in
            state.attempts += 1
            guard let delivery = stored else {
                return state.faults.append("S10: \(message.id) was sent, and no such delivery was committed")
            }
            if isOutdated, !state.allowed.contains(message.id) {
                state.faults.append("S10: \(message.id) asks for what has come already")
            }
            if message.secrets.first != secret || !(1...3).contains(message.secrets.count) {
                state.faults.append("\(message.id) is not signed with the current secret first")
            }
            state.check(message, delivery)
            let (wait, result) = state.answer(to: delivery)
            if case .answered(200...299, _, _) = result { state.taken.insert(message.id) }
            state.waiting.append(
                Waiting(
                    message: message, delivery: delivery, answerIn: wait, answerAt: nil, result: result,
                    completion: completion))
        }
    }

    /// The committed delivery of a message, and whether it is a nag that has become obsolete.
    private func look(at id: String) -> (Delivery?, isOutdated: Bool) {
        do {
            guard let reader = reader.withLock({ $0 }), let delivery = try reader.delivery(messageID: id)
            else {
                return (nil, false)
            }
            guard delivery.type.retryClass == .nag, let stream = delivery.stream, let seq = delivery.seq
            else { return (delivery, false) }
            let later = try reader.entries(of: stream, after: seq, kind: nil, visibility: nil, limit: 1_000)
            let outdated = try later.contains { entry in
                // By the delivery's type. Implemented again, independently: an update is not a decision, and no progress.
                let payload = try entry.payload()
                switch (delivery.type.rawValue, payload) {
                case (_, is Resolved), (_, is Cancelled), (_, is Reopened): return true
                case ("decision.due", let nag as NagSent): return nag.about == .decision
                case ("decision.due", _): return payload is Escalated
                case (_, is ClockCorrected): return false
                case ("decision.escalated", _): return false
                case ("approval.due", let nag as NagSent): return nag.about == .approval
                case ("approval.due", _):
                    return try payload is RollbackAnswered
                        && !hasUnanswered(reader, stream, through: entry.seq)
                case ("handover.due", let nag as NagSent): return nag.about == .handover
                case ("handover.due", _): return false
                case ("progress.stalled", let nag as NagSent): return nag.about == .noProgress
                case ("progress.stalled", _):
                    return payload is Finding || payload is StatusChanged || payload is SeverityRaised
                case ("update.closing_due", let nag as NagSent): return nag.about == .closing
                case ("update.closing_due", let update as UpdatePublished): return update.audience == .public
                case ("update.closing_due", _): return false
                case (_, let nag as NagSent): return nag.about == .update
                case (_, let update as UpdatePublished): return update.counts
                default: return false
                }
            }
            return (delivery, outdated)
        } catch {
            return (nil, false)
        }
    }

    /// Whether a request for a rollback waits for its answer after an entry.
    private func hasUnanswered(_ reader: SQLiteReader, _ stream: StreamID, through seq: Int) throws -> Bool {
        let entries = try reader.entries(of: stream, after: 0, kind: nil, visibility: nil, limit: 1_000)
        var waiting: Set<Int> = []
        for entry in entries where entry.seq <= seq {
            let payload = try entry.payload()
            if payload is RollbackRequested { waiting.insert(entry.seq) }
            if let answer = payload as? RollbackAnswered { waiting.remove(answer.of) }
        }
        return !waiting.isEmpty
    }

    /// The committed secret of a webhook.
    private func secret(of webhook: String) -> String? {
        try? reader.withLock { try $0?.webhooks().first { $0.id == webhook }?.secret }
    }

    /// When the next response is due, in monotonic time.
    func nextAnswer() -> Duration? {
        state.withLock { $0.waiting.compactMap(\.answerAt).min() }
    }

    /// Sends the responses that are due; returns whether there were any.
    func answer(at now: Duration) -> Bool {
        let due = state.withLock { state in
            for index in state.waiting.indices where state.waiting[index].answerAt == nil {
                state.waiting[index].answerAt = now + state.waiting[index].answerIn
            }
            let due = state.waiting.filter { $0.answerAt.map { $0 <= now } ?? false }
            state.waiting.removeAll { $0.answerAt.map { $0 <= now } ?? false }
            for answered in due {
                if case .answered(200...299, _, _) = answered.result {
                    state.thanked.insert(answered.message.id)
                }
            }
            return due
        }
        for answered in due { answered.completion(answered.result) }
        return !due.isEmpty
    }
}

extension Receivers.State {
    /// Invariants of every attempt at the time it is made.
    fileprivate mutating func check(_ message: OutboundMessage, _ delivery: Delivery) {
        if delivery.state != .pending {
            faults.append("S10: \(message.id) was sent, and it was \(delivery.state) by then")
        }
        if message.url != "https://\(delivery.webhook).test/hook" {
            faults.append("\(message.id) went astray")
        }
        if thanked.contains(message.id), !allowed.contains(message.id) {
            faults.append("S7: \(message.id) was sent again after its success")
        }
        if waiting.contains(where: { $0.message.id == message.id }) {
            faults.append("S7: \(message.id) was sent again while it was under way")
        }
        let retryClass = delivery.type.retryClass
        let beside = waiting.count {
            $0.delivery.webhook == delivery.webhook && $0.delivery.type.retryClass == retryClass
        }
        if retryClass != .nag, beside > 0 {
            faults.append("S8: \(message.id) did not wait for another's end")
        }
        // A nag loses its words while its incident is confidential, and both bodies stay the same.
        let isWordless = String(decoding: message.body, as: UTF8.self).contains(#""incident":{"ref":"#)
        let isFirst = bodies[message.id] == nil
        let known = bodies[message.id]?[isWordless]
        if let known, known != message.body { faults.append("S7: \(message.id) came with another body") }
        bodies[message.id, default: [:]][isWordless] = message.body
        guard isFirst else { return }
        let lane = Receivers.Lane(
            webhook: delivery.webhook, retryClass: retryClass, stream: delivery.stream)
        if retryClass != .nag, let last = lastFirst[lane], last > delivery.id, !allowed.contains(message.id) {
            faults.append("S8: \(message.id) came first after a later one")
        }
        lastFirst[lane] = max(lastFirst[lane] ?? 0, delivery.id)
    }

    fileprivate mutating func answer(to delivery: Delivery) -> (Duration, OutboundResult) {
        if isHealed { return (.milliseconds(dice.below(50)), .status(200)) }
        if delivery.webhook == "gone", dice.below(80) == 0 { return (.milliseconds(5), .status(410)) }
        switch manners[delivery.webhook] ?? .healthy {
        case .healthy: return (.milliseconds(dice.below(300)), .status(dice.one(of: 200, 202, 204)))
        case .slow: return (.seconds(5 + dice.below(10)), .status(200))
        case .failing: return (.milliseconds(dice.below(300)), .status(dice.one(of: 500, 301, 404, 503)))
        case .throttling:
            let seconds = dice.below(5_000)
            return (.milliseconds(20), .status(dice.one(of: 429, 503), retryAfter: .seconds(seconds)))
        case .unreachable: return (.milliseconds(dice.below(15_000)), .failed("connection refused"))
        case .forgetful:
            return (.seconds(15), .failed("no answer within 15 s"))
        }
    }
}
