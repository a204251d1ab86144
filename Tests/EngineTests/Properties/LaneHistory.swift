import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Time

/// A random life through the lane: everybody talks at once, and receivers do as they like.
struct LaneHistory {
    private var dice: SeededGenerator
    private(set) var answers: [String] = []

    init(seed: UInt64) {
        dice = SeededGenerator(seed: seed)
    }

    /// Lives for some steps; `answer` is what receivers say, `nil` for as they like.
    mutating func live(
        _ service: TestService, _ time: ManualTime, _ transport: RecordingTransport, steps: Int,
        answer: OutboundResult?
    ) {
        for step in 0..<steps {
            time.advance(by: .milliseconds(dice.below(dice.happens(10) ? 1_200_000 : 60_000)))
            _ = service.scheduler.tick(at: service.now)
            let asked = (0...dice.below(4)).map { index in
                let order = order(service)
                let key =
                    dice.happens(40) ? IdempotencyKey("\(dice.below(30))", request: "\(step / 40)") : nil
                return service.submit(order, by: dice.one(of: "alice", "@bob", "carol"), key: key)
            }
            service.takeTurns()
            answers += asked.map { LaneHistory.tell($0.value) }
            _ = service.outbox.tick(at: service.now)
            // The dice fall alike whichever life answers, so that two lives may differ in that alone.
            let likely = dice.one(
                of: OutboundResult.status(200), .status(200), .status(500), .failed("refused"))
            if dice.happens(80) { transport.answer(answer ?? likely) }
            service.takeTurns()
        }
    }

    /// An answer without what chance put into it: ids, salts and hashes.
    private static func tell(_ result: Result<WriteAnswer, Refusal>?) -> String {
        guard let result else { return "none" }
        if let entry = result.entry ?? result.existing {
            return "\(entry.kind) \(entry.stream) \(entry.seq) \(entry.recordedAt) \(result.warnings)"
        }
        if let incident = result.snapshot?.incident {
            // By parts: a dictionary, and so the whole cadence, prints in another order each time.
            let cadence = incident.cadence
            let nags = Incident.nagTopics.map { "\(incident.nextNagAt(about: $0.about)?.milliseconds ?? 0)" }
            return
                "\(incident.ref) \(incident.seq) \(incident.status) \(incident.severity) \(cadence.beat) "
                + "\(cadence.deadlines) \(cadence.lastNagNumber) \(cadence.breached) \(nags)"
        }
        if let kept = result.replayed { return "replayed \(kept.subject) \(kept.status)" }
        if let rule = result.rule { return "rule \(rule)" }
        guard var refusal = result.refusal else { return "done" }
        if case .version(let version)? = refusal.current { refusal.current = .text("\(version.counter)") }
        return "refusal \(refusal)"
    }

    private mutating func order(_ service: TestService) -> TestRequest {
        let count = service.position.value == 0 ? 0 : 8
        let number = 1 + dice.below(max(1, count))
        switch dice.below(100) {
        case 0..<8: return .declare("incident", dice.one(of: .minor, .major, .critical))
        case 8..<30:
            let source = Source(system: "chat", ref: "\(dice.below(9))", url: nil)
            return .note(number, dice.one(of: "a", "b"), source: dice.happens(40) ? source : nil)
        case 30..<45: return .update(number)
        case 45..<55: return .raise(number, to: dice.one(of: .minor, .major, .critical))
        case 55..<65: return .assign(number, dice.one(of: .commander, .communicator), "bob", contact: "tel:1")
        case 65..<80:
            let to = dice.one(
                of: Incident.Status.investigating, .investigating, .mitigating, .monitoring, .resolved,
                .cancelled)
            return .status(number, to, reason: to == .cancelled ? "false_alarm" : "because")
        case 80..<86:
            var edit = Edited()
            edit.impact = dice.one(of: .set("many"), .set("few"), .clear)
            edit.labels = ["service": dice.one(of: nil, "web", "db")]
            if dice.happens(40) { edit.confidential = dice.happens(60) }
            edit.reason = "because"
            let older = Validator(counter: 1, hash: 0)
            return .change(.number(number), EditIncident(edit), ifMatch: dice.happens(30) ? [older] : nil)
        case 86..<92:
            return .change(
                .number(number), DisputeSeverity(claims: .minor, reason: "so"), showing: .entry, ifMatch: nil)
        case 92..<94:
            let check = RecordCheck(dice.one(of: "sign in", "pay"), passed: dice.happens(60))
            return .change(.number(number), check, showing: .entry, ifMatch: nil)
        case 94..<96:
            return .change(.number(number), ReleaseRole(dice.one(of: .commander, .scribe)), ifMatch: nil)
        default: return .cancelAsDuplicate(.number(number), of: .number(1), ifMatch: nil)
        }
    }
}
