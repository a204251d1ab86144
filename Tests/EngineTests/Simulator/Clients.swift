import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Time

/// The clients: their requests, each with its own `Idempotency-Key`, and the responses they got.
struct Clients {
    /// A request, and for one that is written in parts their texts.
    struct Order {
        var request: TestRequest
        var parts: [String] = []
    }

    /// What an acknowledgement guarantees: this entry, with this hash, or those of the parts.
    fileprivate struct Promise {
        var stream: StreamID
        /// By part; `nil` for a refused one.
        var seqs: [Int?]
        var hash: [UInt8]?
        /// Parts that this request wrote, and not an earlier one.
        var isNew: [Bool] = []
    }

    private struct Request {
        let number: Int
        let order: Order
        let author: String
        let key: IdempotencyKey
        var answer: Box<Result<WriteAnswer, Refusal>>?
        var promise: Promise?
        var isRefused = false
        /// Whether the client may still have to retry.
        var isOpen: Bool { promise == nil && !isRefused }
        /// Text that appears in everything the request causes.
        var mark: String { "order-\(number);" }
    }

    private(set) var count = 0
    private(set) var replays = 0
    private(set) var refusals = 0
    private var requests: [Request] = []
    var dice: SeededGenerator

    init(seed: UInt64) {
        dice = SeededGenerator(seed: seed)
    }

    /// Number of acknowledged parts of batches and logs that were not there before.
    var parts: Int { requests.reduce(0) { $0 + ($1.promise?.isNew.count { $0 } ?? 0) } }

    /// Number of requests without a response.
    var unanswered: Int { requests.count { $0.isOpen } }

    // MARK: Asking

    /// Submits a new request, or retries one.
    mutating func act(on service: TestService) {
        switch dice.below(100) {
        case 0..<25:
            // Retries a request without a response, or else repeats one that has its response.
            let open = requests.indices.filter { requests[$0].isOpen && requests[$0].answer == nil }
            if let index = open.randomElement(using: &dice) { return ask(index, service) }
            if let index = requests.indices.suffix(40).randomElement(using: &dice),
                requests[index].answer == nil
            {
                ask(index, service)
            }
        case 25..<28:
            let kept = requests.filter { $0.promise != nil }.suffix(20)
            guard let other = kept.randomElement(using: &dice) else { return }
            let key = IdempotencyKey("key-\(other.number)", request: "something else")
            if case .success = service.run(.declare("under a used key"), key: key) { misuses += 1 }
        default:
            count += 1
            let order = order("order-\(count);", service)
            let author = dice.one(of: "alice", "@bob", "carol")
            let request = Request(
                number: count, order: order, author: author,
                key: IdempotencyKey("key-\(count)", request: "request-\(count)"))
            requests.append(request)
            ask(requests.count - 1, service)
        }
    }

    /// Retries every request without a response.
    mutating func askAgain(on service: TestService) {
        for index in requests.indices where requests[index].isOpen && requests[index].answer == nil {
            ask(index, service)
        }
    }

    /// How often a key that was used with another request was accepted.
    private var misuses = 0

    private mutating func ask(_ index: Int, _ service: TestService) {
        requests[index].answer = service.submit(
            requests[index].order.request, by: requests[index].author, key: requests[index].key)
    }

    // MARK: Being told

    /// Reads the new responses; returns contradictions to earlier ones.
    mutating func collect() -> [String] {
        var broken: [String] = []
        for index in requests.indices {
            guard let answer = requests[index].answer, let result = answer.value else { continue }
            requests[index].answer = nil
            if answer.count != 1 {
                broken.append("S2: \(requests[index].mark) was answered \(answer.count) times")
            }
            if let what = record(result, index) { broken.append(what) }
        }
        if misuses > 0 { broken.append("S2: a key was taken for two requests") }
        return broken
    }

    private mutating func record(_ result: Result<WriteAnswer, Refusal>, _ index: Int) -> String? {
        if result.replayed != nil { replays += 1 }
        if let promise = Clients.promise(of: result) {
            let known = requests[index].promise
            requests[index].promise = known ?? promise
            requests[index].isRefused = false
            guard let known else { return nil }
            return known.stream == promise.stream && known.seqs == promise.seqs
                ? nil : "S2: \(requests[index].mark) led to \(known) and to \(promise)"
        }
        if result.isStorage || result.isOverloaded { return nil }
        if let refusal = result.refusal, refusal.type == .internalFault {
            return "an internal fault: \(refusal.cause ?? refusal.detail)"
        }
        if requests[index].promise != nil {
            return "S2: \(requests[index].mark) was acknowledged, and then refused: \(result)"
        }
        refusals += 1
        requests[index].isRefused = true
        return nil
    }

    private static func promise(of result: Result<WriteAnswer, Refusal>) -> Promise? {
        if let entry = result.entry ?? result.existing {
            return Promise(stream: entry.stream, seqs: [entry.seq], hash: entry.hash)
        }
        if let snapshot = result.snapshot {
            return Promise(stream: snapshot.stream, seqs: [snapshot.seq], hash: snapshot.hash)
        }
        if case .each(let stream, let outcomes)? = result.outcome?.subject {
            return Promise(stream: stream, of: outcomes)
        }
        switch result.replayed?.subject {
        case .entry(let stream, let seq)?, .state(let stream, let seq)?:
            return Promise(stream: stream, seqs: [seq])
        case .each(let stream)?:
            return result.replayed?.shown.flatMap { EachOutcome.decode($0) }
                .map { Promise(stream: stream, of: $0) }
        default: return nil
        }
    }

    /// The process has died: pending requests get no response.
    mutating func forget() {
        for index in requests.indices { requests[index].answer = nil }
    }

    // MARK: Checking

    /// S1 and S2: everything acknowledged is present, and nothing happened twice.
    func check(_ entries: [StoredEntry], _ when: String) -> [String] {
        struct Place: Hashable {
            var stream: StreamID
            var seq: Int
        }
        var byPlace: [Place: StoredEntry] = [:]
        var effects: [String: Int] = [:]
        for entry in entries {
            byPlace[Place(stream: entry.stream, seq: entry.seq)] = entry
            for mark in Clients.marks(in: entry.words ?? []) {
                // Each incident may have the log.
                let place = mark.hasPrefix(Clients.logMark) ? " of \(entry.stream)" : ""
                effects["\(mark) \(entry.kind)\(place)", default: 0] += 1
            }
        }
        var broken: [String] = []
        for (effect, times) in effects.sorted(by: { $0.key < $1.key }) where times > 1 {
            broken.append("S2 \(when): \(effect) happened \(times) times")
        }
        for request in requests {
            guard let promise = request.promise else { continue }
            for (index, seq) in promise.seqs.enumerated() {
                guard let seq else { continue }
                guard let entry = byPlace[Place(stream: promise.stream, seq: seq)] else {
                    broken.append("S1 \(when): \(request.mark) was acknowledged and is gone: \(promise)")
                    continue
                }
                if let hash = promise.hash, hash != entry.hash {
                    broken.append("S1 \(when): \(request.mark) was acknowledged and is another one now")
                }
                guard index < request.order.parts.count, promise.isNew[index] else { continue }
                let part = request.order.parts[index]
                if !Clients.marks(in: entry.words ?? []).contains(part) {
                    broken.append("S1 \(when): \(part) of \(request.mark) is another entry: \(seq)")
                }
            }
            if !request.order.parts.isEmpty, promise.seqs.count != request.order.parts.count {
                broken.append("S2 \(when): \(request.mark) has outcomes \(promise.seqs)")
            }
        }
        return broken
    }

    /// The request marks in an entry's words, each once.
    private static func marks(in words: [UInt8]) -> Set<String> {
        var marks: Set<String> = []
        var rest = words[...]
        let start = Array("order-".utf8)
        while let index = rest.firstIndex(of: start[0]) {
            rest = rest[index...]
            if rest.starts(with: start), let end = rest.firstIndex(of: UInt8(ascii: ";")) {
                marks.insert(String(decoding: rest[...end], as: UTF8.self))
            }
            rest = rest.dropFirst()
        }
        return marks
    }

    // MARK: Orders

    private mutating func order(_ mark: String, _ service: TestService) -> Order {
        let open = service.incidents.open(before: nil, limit: 20) { _ in true }.items
        let all = service.position.value > 0 ? service.knownIncidents : 0
        if open.isEmpty || open.count < 4 && dice.happens(10) { return Order(request: declare(mark)) }
        let ended = dice.happens(8) && all > 0
        let number = ended ? 1 + dice.below(all + 1) : open[dice.below(open.count)].incident.number
        if dice.happens(25) { return response(mark, number, service) }
        return Order(request: usual(mark, number, open, service))
    }

    private mutating func usual(
        _ mark: String, _ number: Int, _ open: [IncidentSnapshot], _ service: TestService
    ) -> TestRequest {
        switch dice.below(100) {
        case 0..<35: return post(mark, number)
        case 35..<62: return publish(mark, number, at: service.now)
        case 62..<68:
            let severity = dice.one(of: Severity.minor, .major, .critical)
            return .change(.number(number), RaiseSeverity(to: severity, reason: mark), ifMatch: nil)
        case 68..<78:
            let role = dice.one(of: Role.commander, .communicator, .scribe)
            return .assign(number, role, dice.one(of: "alice", "bob", "dora"), contact: mark)
        case 78..<87: return status(mark, number)
        case 87..<90:
            let check = RecordCheck(
                dice.one(of: "sign in", "pay"), passed: dice.happens(70), evidence: mark)
            return .change(.number(number), check, showing: .entry, ifMatch: nil)
        case 90..<95:
            var edit = Edited()
            edit.impact = .set(mark)
            if dice.happens(40) { edit.confidential = dice.happens(60) }
            edit.reason = mark
            let versions = dice.happens(30) ? [open[0].validator] : nil
            return .change(.number(number), EditIncident(edit), ifMatch: versions)
        case 95:
            return .change(
                .number(number), Escalate(to: Person("carol"), reason: mark), showing: .entry, ifMatch: nil)
        case 96:
            let seconds = dice.one(of: 60, 300, 900, 1_800, 3_600, 7_200)
            let change = ChangeInterval(to: .seconds(seconds), reason: mark)
            return .change(.number(number), change, ifMatch: nil)
        case 97:
            let change = SnoozeNags(minutes: 1 + dice.below(16), reason: mark)
            return .change(.number(number), change, showing: .entry, ifMatch: nil)
        default:
            return .change(
                .number(number), DisputeSeverity(claims: .minor, reason: mark), showing: .entry, ifMatch: nil)
        }
    }

    private mutating func declare(_ mark: String) -> TestRequest {
        var details = Declared.Details(title: mark)
        if dice.happens(60) { details.roles[.communicator] = .init(person: Person("bob"), contact: "tel:1") }
        if dice.happens(40) { details.roles[.commander] = .init(person: Person("alice"), contact: nil) }
        details.isConfidential = dice.happens(10)
        return .declare(Declare(dice.one(of: .minor, .major, .critical), details))
    }

    private mutating func post(_ mark: String, _ number: Int) -> TestRequest {
        let source = Source(system: "chat", ref: "message-\(dice.below(12))", url: nil)
        let payload: any PostedPayload = dice.one(
            of: Note(), Note(), Finding(confirmed: true), ChangeMade(complete: true), Todo())
        let post = PostEntry(
            payload, text: mark, visibility: dice.one(of: .internal, .public),
            source: dice.happens(30) ? source : nil)
        return .change(.number(number), post, showing: .entry, ifMatch: nil)
    }

    private mutating func publish(_ mark: String, _ number: Int, at now: Timestamp) -> TestRequest {
        var update = PublishUpdate(audience: dice.one(of: .public, .internal), text: mark)
        if dice.happens(25) { update.nextUpdateAt = now + .seconds(1 + dice.below(300)) }
        if dice.happens(15) { update.occurredAt = now - .seconds(dice.below(900)) }
        if dice.happens(10) { update.status = ChangeStatus(to: .mitigating, reason: mark) }
        return .change(.number(number), update, showing: .entry, ifMatch: nil)
    }

    private mutating func status(_ mark: String, _ number: Int) -> TestRequest {
        let to = dice.one(
            of: Incident.Status.investigating, .investigating, .mitigating, .monitoring, .resolved, .cancelled
        )
        if to == .cancelled, dice.happens(50) {
            return .cancelAsDuplicate(.number(number), of: .number(1), ifMatch: nil)
        }
        return .status(number, to, reason: to == .cancelled ? "false_alarm" : mark)
    }
}

extension Clients.Promise {
    fileprivate init(stream: StreamID, of outcomes: [EachOutcome]) {
        self.init(stream: stream, seqs: outcomes.map(\.seq), isNew: outcomes.map { $0.status == 201 })
    }
}

extension TestService {
    /// Number of incidents, according to the responses.
    fileprivate var knownIncidents: Int {
        (try? reader.head().numbers[Incident.code]) ?? 0
    }
}
