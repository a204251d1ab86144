import Model
import Time

/// One change that responders try, as an experiment with an expected effect (domain.md, section 9).
public struct Mitigation: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        case rollback
        case flagOff = "flag_off"
        case fallback
        case relievePressure = "relieve_pressure"
        case pause, guardrail, restore, other

        /// `flag off`.
        var label: String { rawValue.split(separator: "_").joined(separator: " ") }
    }

    /// How a mitigation that was started ends.
    public enum Result: String, CaseIterable, Sendable {
        case worked
        case noEffect = "no_effect"
        case madeWorse = "made_worse"
        case abandoned

        /// `no effect`.
        var label: String { rawValue.split(separator: "_").joined(separator: " ") }
    }

    public enum State: Sendable, Equatable {
        /// A rollback that waits for a yes.
        case requested
        case open
        /// A rollback that got a no.
        case declined
        case ended(Result)

        /// As the API names it: `no_effect`.
        public var word: String {
            switch self {
            case .requested: "requested"
            case .open: "open"
            case .declined: "declined"
            case .ended(let result): result.rawValue
            }
        }
    }

    /// What is tried, in words.
    public struct Plan: Sendable, Equatable {
        public var action: String
        /// The effect that is expected.
        public var expected: String?
        /// The one metric to watch.
        public var metric: String?
        public var risk: String?

        public init(action: String, expected: String? = nil, metric: String? = nil, risk: String? = nil) {
            self.action = action
            self.expected = expected
            self.metric = metric
            self.risk = risk
        }
    }

    /// The id of the entry that began it.
    public let id: String
    /// The seq of that entry.
    public let seq: Int
    public let kind: Kind
    public internal(set) var state: State
    public let owner: Person?
    /// Whether it may run beside another one.
    let isParallel: Bool
    /// `nil` for one that needs no yes.
    public internal(set) var approval: Approval?
    /// The seq of the entry that started it; `nil` before.
    public internal(set) var startedSeq: Int?
    public internal(set) var startedAt: Timestamp?
    /// The seq of the entry that ended it; `nil` before, and when it was declined.
    public internal(set) var endedSeq: Int?
    /// When it ended or was declined.
    public internal(set) var endedAt: Timestamp?
    /// Kept only until it ends; the timeline has it for good.
    public internal(set) var plan: Plan?

    /// Whether it is neither declined nor ended.
    public var isActive: Bool { state == .requested || state == .open }

    /// Moves its moments by a step of the clock. The deadlines in `used` are those of other requests.
    mutating func move(by step: ClockStep, besides used: Set<Timestamp>) {
        startedAt = startedAt.map(step.past)
        endedAt = endedAt.map(step.past)
        if state == .requested { approval?.move(by: step, besides: used) }
    }
}

/// The mitigations of an incident.
public struct Mitigations: Sendable, Equatable {
    /// How many are kept: the last ones, and all that are active. The timeline has every one.
    public static let keptMax = 100
    /// Upper bound of mitigations that are active at once: of each the state keeps the words.
    public static let activeMax = 10
    /// How many deadlines of nags are remembered, because a nag is unique by deadline and number.
    private static let spentMax = 32

    /// In the order in which they began.
    public private(set) var all: [Mitigation] = []
    /// Whether a rollback of this episode did not help.
    var isRollbackSpent = false
    /// Whether `times.mitigatedAt` is the end of a mitigation.
    var hasWorked = false
    /// Deadlines of requests that were nagged about.
    private var spent: [Timestamp] = []

    public var active: [Mitigation] { all.filter(\.isActive) }
    public var open: [Mitigation] { all.filter { $0.state == .open } }
    public var requested: [Mitigation] { all.filter { $0.state == .requested } }

    /// The last that was started and is open; `nil` for none.
    public var current: Mitigation? { open.max { $0.startedSeq ?? 0 < $1.startedSeq ?? 0 } }

    subscript(id id: String) -> Mitigation? {
        all.first { $0.id.utf8.elementsEqual(id.utf8) }
    }

    /// A deadline for a new request that no other request has or had.
    func unusedDeadline(from moment: Timestamp) -> Timestamp {
        Mitigations.unused(moment, Set(spent).union(requested.compactMap { $0.approval?.dueAt }))
    }

    fileprivate static func unused(_ moment: Timestamp, _ used: Set<Timestamp>) -> Timestamp {
        var moment = moment
        while used.contains(moment) { moment = moment + .milliseconds(1) }
        return moment
    }

    mutating func begin(_ mitigation: Mitigation) {
        all.append(mitigation)
        guard all.count > Mitigations.keptMax, let oldest = all.firstIndex(where: { !$0.isActive }) else {
            return
        }
        all.remove(at: oldest)
    }

    /// Changes the one that began with entry `seq`. Returns it as it was; `nil` when it is not kept.
    @discardableResult
    mutating func change(_ seq: Int, _ change: (inout Mitigation) -> Void) -> Mitigation? {
        guard let index = all.firstIndex(where: { $0.seq == seq }) else { return nil }
        let before = all[index]
        change(&all[index])
        if !all[index].isActive {
            all[index].plan = nil
            all[index].approval?.knownGood = nil
        }
        return before
    }

    /// Counts a nag for a request.
    mutating func count(_ nag: NagSent) {
        for index in all.indices
        where all[index].state == .requested && all[index].approval?.dueAt == nag.dueAt {
            all[index].approval?.count(nag)
        }
        guard !spent.contains(nag.dueAt) else { return }
        if spent.count == Mitigations.spentMax { spent.removeFirst() }
        spent.append(nag.dueAt)
    }

    mutating func move(by step: ClockStep) {
        for index in all.indices {
            let others = all.enumerated().filter { $0.offset != index && $0.element.state == .requested }
            let used = Set(spent).union(others.compactMap { $0.element.approval?.dueAt })
            all[index].move(by: step, besides: used)
        }
    }
}

extension Mitigation.Approval {
    /// Moves the request by a step of the clock, to a deadline that no other request has or had.
    fileprivate mutating func move(by step: ClockStep, besides used: Set<Timestamp>) {
        let next = moment(ofPlace: nagged + 1) - dueAt
        dueAt = Mitigations.unused(step.moved(startOf: next, dueAt), used)
    }
}

extension Incident {
    /// The mitigations that were started and have not ended.
    public var openMitigations: [Mitigation] { mitigations.open }

    /// The mitigation of an id.
    func requireMitigation(_ id: String) throws(Refusal) -> Mitigation {
        guard let mitigation = mitigations[id: id] else {
            throw Refusal(
                .notFound, "This mitigation does not exist.",
                links: [.init("listMitigations", detail: "the mitigations of the incident")])
        }
        return mitigation
    }

    /// Refuses another mitigation while too many are active.
    func requireRoomForMitigation() throws(Refusal) {
        guard mitigations.active.count < Mitigations.activeMax else {
            throw Refusal(
                .mitigationInProgress,
                "\(Mitigations.activeMax) mitigations and requests are open, which is the most. End or answer one first.",
                current: .seqs(mitigations.active.map(\.seq)),
                links: mitigations.active.prefix(1).map(\.ending))
        }
    }

    /// One change at a time: refuses to start a mitigation beside an open one, unless it may run beside it.
    func requireNoOpenMitigation(orParallel isParallel: Bool) throws(Refusal) {
        guard let other = mitigations.current, !isParallel else { return }
        throw Refusal(
            .mitigationInProgress,
            "Entry \(other.seq) (\(other.kind.label)) is still being tried, and two changes at once hide which one worked. "
                + "End it first, or send parallel_reason.",
            current: .seqs(mitigations.open.map(\.seq)), links: [other.ending])
    }

    /// Entries that end what is still open, in the transaction that ends the incident (domain.md, section 8).
    func endingMitigations(_ given: Circumstances<Incident>) -> [NewEntry<Incident>] {
        mitigations.active.map { mitigation in
            mitigation.state == .requested
                ? given.entry(
                    RollbackAnswered(of: mitigation.seq, approved: false, reason: nil),
                    "The rollback of entry \(mitigation.seq) was declined: the incident ended")
                : given.entry(
                    MitigationEnded(of: mitigation.seq, .abandoned, result: nil),
                    "The \(mitigation.kind.label) of entry \(mitigation.seq) was abandoned: the incident ended"
                )
        }
    }
}

extension Mitigation {
    /// The call that ends it, or answers its request.
    fileprivate var ending: Refusal.Link {
        state == .requested
            ? .init(AnswerRollback.self, id, detail: "answers the request", body: ["approved": true])
            : .init(
                EndMitigation.self, id,
                detail: "says how it ended: worked, no_effect, made_worse or abandoned",
                body: ["state": "worked"])
    }
}

extension ProblemType {
    public static let mitigationInProgress = ProblemType(
        "mitigation-in-progress", 409, "Another mitigation is in progress",
        means:
            "One change at a time: two at once hide which one worked. current has the seqs of the entries that began the open ones.",
        remedy:
            "End the open one with PATCH …/mitigations/{id}, or send parallel_reason to run both.")
}
