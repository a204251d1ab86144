import Glibc
import JSON
import Synchronization
import TestSupport
import Testing
import Threads

extension Binary {
    /// Jepsen's `set-full` on one machine: writers with keys, `kill -9`, restart, retry, and then every acknowledged write is there once.
    /// Source: faults.md, F1; domain.md, I6.
    @Suite(.serialized) struct KillTests {
        private static let kills = Seed.isShort ? 5 : 10
        private static let writers = 8

        @Test(.timeLimit(.minutes(3)))
        func `kills under eight writers lose nothing acknowledged and store nothing twice`() throws {
            let seed = Seed.chosen ?? UInt64.random(in: 0...9_999_999)
            print("kill test: DRUMBEAT_TEST_SEED=\(seed)")
            var random = SeededGenerator(seed: seed)
            let service = try Drumbeat()
            try service.start()
            let shared = try service.declare("shared")
            let writers = (0..<Self.writers).map { Writer($0, shared: shared, seed: seed) }

            for round in 1...Self.kills {
                let caller = try service.caller()
                let threads = writers.map { writer in WorkerThread(name: "writer") { writer.write(caller) } }
                for thread in threads { thread.start() }
                // The moment of the kill is the test's input, so this waits for nothing but the clock.
                poll(nil, 0, Int32(50 + random.remainder(below: 351)))
                service.kill()
                for thread in threads {
                    try #require(thread.join(within: .seconds(30)), "round \(round), seed \(seed)")
                }
                let took = try service.start()
                #expect(took <= .seconds(2), "start \(round) took \(took), seed \(seed)")
                let retrying = try service.caller()
                for writer in writers { try writer.retry(retrying, seed: seed) }
            }

            let operations = writers.flatMap(\.operations)
            #expect(operations.count > 100, "hardly anything was written")
            let found = try Found(service.caller())
            try check(operations, found, seed)
            #expect(try service.stop() == .exited(0))
            let verified = try service.command("verify")
            #expect(verified.ending == .exited(0), "\(verified.errors), seed \(seed)")
            let refused = writers.flatMap(\.refusals)
            #expect(refused.isEmpty, "\(refused.prefix(3)), seed \(seed)")
            let unknown = writers.map(\.unknown).reduce(0, +)
            let stored = writers.map(\.storedUnknown).reduce(0, +)
            #expect(unknown > 0, "no kill hit a request")
            print(
                "kill test: \(Self.kills) kills, \(operations.count) acknowledged; \(unknown) unknown at first, \(stored) of them stored"
            )
        }

        private func check(_ operations: [Operation], _ found: Found, _ seed: UInt64) throws {
            var raises: [String: Int] = [:]
            for operation in operations {
                switch operation.kind {
                case .note, .update:
                    let ids = found.entries[operation.text] ?? []
                    #expect(ids == [operation.outcome ?? ""], "\(operation), seed \(seed)")
                case .declare:
                    let refs = found.incidents[operation.text] ?? []
                    #expect(refs == [operation.outcome ?? ""], "\(operation), seed \(seed)")
                case .raise: raises[operation.incident, default: 0] += 1
                }
            }
            for (incident, count) in raises {
                #expect(
                    found.raises[incident] == count, "\(incident) was raised \(count) times, seed \(seed)")
            }
            // All that is there was asked for: a write that was never acknowledged was retried until it was.
            let asked = Set(operations.map(\.text))
            let stray = found.entries.keys.filter { !asked.contains($0) }
            #expect(stray.isEmpty, "\(stray.prefix(3)), seed \(seed)")
            #expect(found.gaps.isEmpty, "\(found.gaps), seed \(seed)")
        }
    }
}

/// A write with its key, and what it made.
private struct Operation: Sendable {
    enum Kind { case declare, note, raise, update }

    let kind: Kind
    let incident: String
    let key: String
    let text: String
    /// The id or ref that was acknowledged.
    var outcome: String?

    func send(_ caller: Caller) -> ClientResponse? {
        switch kind {
        case .declare:
            caller.post("/v1/incidents", #"{"title": "\#(text)", "severity": "minor"}"#, key: key)
        case .note: caller.post("/v1/incidents/\(incident)/timeline", #"{"text": "\#(text)"}"#, key: key)
        case .update:
            caller.post(
                "/v1/incidents/\(incident)/status-updates", #"{"audience": "public", "text": "\#(text)"}"#,
                key: key)
        case .raise: caller.put("/v1/incidents/\(incident)/severity", #"{"severity": "\#(text)"}"#, key: key)
        }
    }

    /// What identifies the effect in an answer.
    func effect(_ answer: ClientResponse) -> String? {
        switch kind {
        case .declare: answer.json?["ref"]?.text
        case .note, .update: answer.json?["id"]?.text
        case .raise: answer.json?["severity"]?.text
        }
    }
}

/// One writer: one request after the other, each with a key of its own, until the service is gone.
private final class Writer: Sendable {
    private struct State {
        var random: SeededGenerator
        var count = 0
        var operations: [Operation] = []
        var pending: Operation?
        var refusals: [String] = []
        var unknown = 0
        var storedUnknown = 0
        /// Its own incident and how often that was raised.
        var own: String?
        var raised = 0
    }

    private let number: Int
    private let shared: String
    private let state: Mutex<State>

    init(_ number: Int, shared: String, seed: UInt64) {
        self.number = number
        self.shared = shared
        state = Mutex(State(random: SeededGenerator(seed: seed &+ UInt64(number + 1) &* 7_919)))
    }

    var operations: [Operation] { state.withLock { $0.operations } }
    var refusals: [String] { state.withLock { $0.refusals } }
    /// How many requests the kills left without an answer.
    var unknown: Int { state.withLock { $0.unknown } }
    /// How many of them had been stored all the same: what the key is for.
    var storedUnknown: Int { state.withLock { $0.storedUnknown } }

    func write(_ caller: Caller) {
        while true {
            let operation = next()
            guard let answer = operation.send(caller) else {
                return state.withLock {
                    $0.pending = operation
                    $0.unknown += 1
                }
            }
            record(operation, answer)
        }
    }

    /// Sends what has no known outcome again, with the same key, and once more what was acknowledged last.
    func retry(_ caller: Caller, seed: UInt64) throws {
        let (pending, last) = state.withLock { ($0.pending, $0.operations.last) }
        if let pending {
            let answer = try #require(pending.send(caller), "seed \(seed)")
            state.withLock {
                $0.pending = nil
                if answer.field("idempotency-replayed") != nil { $0.storedUnknown += 1 }
            }
            record(pending, answer)
        }
        guard let last else { return }
        let again = try #require(last.send(caller), "seed \(seed)")
        #expect(last.effect(again) == last.outcome, "\(last) became \(again.text), seed \(seed)")
        #expect(again.field("idempotency-replayed") == "true", "\(last), seed \(seed)")
    }

    private func record(_ operation: Operation, _ answer: ClientResponse) {
        state.withLock { state in
            guard (200...299).contains(answer.status), let effect = operation.effect(answer) else {
                return state.refusals.append("\(operation): \(answer.status) \(answer.text)")
            }
            var operation = operation
            operation.outcome = effect
            state.operations.append(operation)
            if operation.kind == .declare {
                state.own = effect
                state.raised = 0
            } else if operation.kind == .raise {
                state.raised += 1
            }
        }
    }

    private func next() -> Operation {
        state.withLock { state in
            state.count += 1
            let name = "w\(number)-\(state.count)"
            let choice = state.random.remainder(below: 10)
            if choice == 0 || state.own == nil {
                return Operation(kind: .declare, incident: "", key: name, text: "declared \(name)")
            }
            if choice <= 2, state.raised < 2, let own = state.own {
                let severity = state.raised == 0 ? "major" : "critical"
                return Operation(kind: .raise, incident: own, key: name, text: severity)
            }
            if choice == 3 {
                return Operation(kind: .update, incident: shared, key: name, text: "update \(name)")
            }
            return Operation(kind: .note, incident: shared, key: name, text: "note \(name)")
        }
    }
}

/// Everything that a reader finds afterwards.
private struct Found {
    /// The refs of incidents, by title.
    var incidents: [String: [String]] = [:]
    /// The ids of notes and updates, by text.
    var entries: [String: [String]] = [:]
    /// How often severity was raised, by ref.
    var raises: [String: Int] = [:]
    /// Where a seq does not follow the one before.
    var gaps: [String] = []

    init(_ caller: Caller) throws {
        var after = ""
        repeat {
            let page = try #require(caller.get("/v1/incidents?state=all&limit=200\(after)")?.json)
            for incident in page["items"]?.items ?? [] {
                let ref = try #require(incident["ref"]?.text)
                incidents[incident["title"]?.text ?? "", default: []].append(ref)
                try readTimeline(of: ref, caller)
            }
            after = page["next"]?.text.map { "&after=\($0)" } ?? ""
        } while !after.isEmpty
    }

    private mutating func readTimeline(of ref: String, _ caller: Caller) throws {
        var seq = 0
        while true {
            let page = try #require(caller.get("/v1/incidents/\(ref)/timeline?limit=200&after=\(seq)")?.json)
            let items = try #require(page["items"]?.items)
            for entry in items {
                let number = entry["seq"]?.number ?? 0
                if number != seq + 1 { gaps.append("\(ref): \(number) follows \(seq)") }
                seq = number
                switch entry["kind"]?.text {
                case "note", "update_published":
                    entries[entry["text"]?.text ?? "", default: []].append(entry["id"]?.text ?? "")
                case "severity_raised": raises[ref, default: 0] += 1
                default: break
                }
            }
            if page["next"] ?? .null == .null { return }
        }
    }
}
