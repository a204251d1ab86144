import Incidents
import JSON
import Journal
import Model

/// Performs actions on one stream, each standing alone: one that is refused leaves the others in place.
///
/// A part of a request with many of them. It holds the lane for its own actions only; other requests go between the parts.
public struct PerformEach<State: StoredAggregate>: WriteRequest {
    public struct Item: Sendable {
        let action: any Action<State>
        /// `nil` for the author of the request.
        let author: Person?
        let numbered: Numbered?

        public init(_ action: any Action<State>, by author: Person?, numbered: Numbered? = nil) {
            self.action = action
            self.author = author
            self.numbered = numbered
        }
    }

    /// The source of an action is one of a row without gaps, and was chosen before the lane: another request may have taken it for another
    /// text.
    public struct Numbered: Sendable {
        let number: Int
        let action: @Sendable (_ number: Int) -> any Action<State>

        public init(_ number: Int, _ action: @escaping @Sendable (_ number: Int) -> any Action<State>) {
            self.number = number
            self.action = action
        }
    }

    private let items: [Item]
    private let name: StreamName
    private let shelf: Shelf<State>

    public init(_ items: [Item], on name: StreamName, in shelf: Shelf<State>) {
        self.items = items
        self.name = name
        self.shelf = shelf
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let snapshot = try transaction.named(name, in: shelf)
        let number = snapshot.stream.number
        let caller = transaction.author
        let start = transaction.head
        var outcomes: [EachOutcome] = []
        outcomes.reserveCapacity(items.count)
        for item in items {
            let before = transaction.head
            transaction.author = Author(person: item.author ?? caller.person, postedBy: caller.postedBy)
            do throws(WriteFault) {
                var outcome = try perform(item.action, on: number, in: &transaction)
                if let numbered = item.numbered, outcome.isOfAnotherText {
                    let free = try firstFree(numbered, in: snapshot.stream, &transaction)
                    outcome = try perform(numbered.action(free), on: number, in: &transaction)
                }
                outcomes.append(EachOutcome(outcome))
            } catch {
                // A fault of the service refuses the whole part while nothing is written.
                guard case .refused(let refusal) = error, transaction.head == before,
                    refusal.type.status < 500 || before != start
                else { throw error }
                outcomes.append(EachOutcome(refusal))
            }
        }
        transaction.author = caller
        return Outcome(.done, .each(snapshot.stream, outcomes))
    }

    private func perform(
        _ action: any Action<State>, on number: Int, in transaction: inout WriteTransaction
    ) throws(WriteFault) -> Outcome {
        try PerformAction(action, on: .number(number), in: shelf, showing: .entry).perform(in: &transaction)
    }

    /// The first number that is not taken, found by doubling and halving the distance.
    private func firstFree(
        _ numbered: Numbered, in stream: StreamID, _ transaction: inout WriteTransaction
    ) throws(WriteFault) -> Int {
        func isTaken(_ number: Int) throws(WriteFault) -> Bool {
            guard let source = numbered.action(number).message?.source else { return false }
            return try transaction.recorded(source, in: stream) != nil
        }
        var (taken, step) = (numbered.number, 1)
        while try isTaken(taken + step) {
            taken += step
            step *= 2
        }
        var free = taken + step
        while free - taken > 1 {
            let middle = (taken + free) / 2
            if try isTaken(middle) { taken = middle } else { free = middle }
        }
        return free
    }
}

extension Outcome {
    /// Whether the entry of the same source has another text. An erased text is taken for the same: it must not come back.
    fileprivate var isOfAnotherText: Bool {
        guard case .entry(let entry) = subject else { return false }
        return warnings.contains(.textDiffers) && entry.words != nil
    }
}

/// The outcome of one of many actions.
public struct EachOutcome: Sendable, Equatable {
    /// What is kept of a refusal: no words, so that it may be stored and shown again.
    public struct Refused: Sendable, Equatable {
        public let slug: String
        public let detail: String
        public let flaws: [Refusal.Flaw]

        public init(slug: String, detail: String, flaws: [Refusal.Flaw]) {
            self.slug = slug
            self.detail = detail
            self.flaws = flaws
        }
    }

    /// The status code that the action alone would have had.
    public let status: Int
    /// The seq of its entry; `nil` for a refused one.
    public let seq: Int?
    /// The codes of its warnings.
    public let warnings: [String]
    public let refused: Refused?

    fileprivate init(_ outcome: Outcome) {
        status = outcome.effect.rawValue
        if case .entry(let entry) = outcome.subject { seq = entry.seq } else { seq = nil }
        warnings = outcome.warnings.map(\.stored)
        refused = nil
    }

    public init(_ refusal: Refusal) {
        status = refusal.type.status
        seq = nil
        warnings = []
        refused = Refused(slug: refusal.type.slug, detail: refusal.detail, flaws: refusal.flaws)
    }

    private init(status: Int, seq: Int?, warnings: [String], refused: Refused?) {
        self.status = status
        self.seq = seq
        self.warnings = warnings
        self.refused = refused
    }
}

/// Stored in the idempotency record of a part: an array for each action, `[201,17]`, with the codes of warnings after the seq, or
/// `[422,"clock-skew","…",["#/occurred_at","…"]]`.
extension EachOutcome {
    static func encode(_ outcomes: [EachOutcome]) -> [UInt8] {
        JSONValue.array(
            outcomes.map { outcome in
                var items: [JSONValue] = [.integer(Int64(outcome.status))]
                if let refused = outcome.refused {
                    items += [.string(refused.slug), .string(refused.detail)]
                    items += refused.flaws.map { .array([.string($0.pointer), .string($0.detail)]) }
                } else {
                    items.append(.integer(Int64(outcome.seq ?? 0)))
                    items += outcome.warnings.map(JSONValue.string)
                }
                return .array(items)
            }
        ).encoded()
    }

    /// `nil` for bytes of another form.
    public static func decode(_ bytes: [UInt8]) -> [EachOutcome]? {
        guard let value = try? JSONReader.read(bytes, limits: .stored), case .array(let items) = value else {
            return nil
        }
        var outcomes: [EachOutcome] = []
        for case .array(let parts) in items {
            guard parts.count >= 2, case .integer(let status) = parts[0] else { return nil }
            if case .integer(let seq) = parts[1] {
                let warnings = parts.dropFirst(2).compactMap(text)
                outcomes.append(
                    EachOutcome(status: Int(status), seq: Int(seq), warnings: warnings, refused: nil))
            } else if parts.count >= 3, let slug = text(parts[1]), let detail = text(parts[2]) {
                let flaws = parts.dropFirst(3).compactMap { part -> Refusal.Flaw? in
                    guard case .array(let pair) = part, pair.count == 2, let pointer = text(pair[0]),
                        let detail = text(pair[1])
                    else { return nil }
                    return Refusal.Flaw(pointer, detail)
                }
                let refused = Refused(slug: slug, detail: detail, flaws: flaws)
                outcomes.append(
                    EachOutcome(status: Int(status), seq: nil, warnings: [], refused: refused))
            } else {
                return nil
            }
        }
        return outcomes.count == items.count ? outcomes : nil
    }

    private static func text(_ value: JSONValue) -> String? {
        if case .string(let text) = value { text } else { nil }
    }
}
