import Model
import Time

/// The freezes and exceptions of all open incidents, by scope, so that a pipeline's question costs the same however many incidents are
/// open.
public struct OpenFreezes: Sendable, Equatable {
    /// A freeze or an exception. Incident and entry lead to the rest.
    public struct Item: Sendable, Equatable {
        public let until: Timestamp
        /// The incident.
        public let number: Int
        /// The entry of an exception; 0 for a freeze.
        public let seq: Int
    }

    /// What is frozen in a scope, and what opens it.
    public struct Answer: Sendable, Equatable {
        /// The freezes that run, newest incidents first, at most `listedMax`: those that last longest.
        public let freezes: [Item]
        /// The exceptions that run.
        public let exceptions: [Item]

        public let isFrozen: Bool
        /// Whether a deploy is stopped.
        public let isBlocked: Bool

        init(freezes: [Item], exceptions: [Item]) {
            self.freezes = freezes
            self.exceptions = exceptions
            isFrozen = !freezes.isEmpty
            isBlocked = !freezes.isEmpty && exceptions.isEmpty
        }

        private init(_ answer: Answer, without isHidden: (Int) -> Bool) {
            freezes = answer.freezes.filter { !isHidden($0.number) }
            exceptions = answer.exceptions.filter { !isHidden($0.number) }
            isFrozen = answer.isFrozen
            isBlocked = answer.isBlocked
        }

        /// The same for a caller to whom some incidents do not exist: what they freeze is frozen, and they are not named.
        public func without(_ isHidden: (_ number: Int) -> Bool) -> Answer {
            Answer(self, without: isHidden)
        }
    }

    /// Upper bound of each list in an answer.
    public static let listedMax = 50

    private var freezes = Ends()
    private var exceptions = Ends()

    public init() {}

    mutating func add(_ incident: Incident) {
        if let freeze = incident.freeze { freezes.insert(incident.item(freeze), freeze.scope) }
        for exception in incident.exceptions {
            exceptions.insert(incident.item(exception), exception.scope)
        }
    }

    mutating func remove(_ incident: Incident) {
        if let freeze = incident.freeze { freezes.remove(incident.item(freeze), freeze.scope) }
        for exception in incident.exceptions {
            exceptions.remove(incident.item(exception), exception.scope)
        }
    }

    /// Whether both are the same here. Nearly every change of an incident is such.
    static func same(_ before: Incident, _ after: Incident) -> Bool {
        before.freeze == after.freeze && before.exceptions == after.exceptions
    }

    /// A freeze of everything freezes every scope, and everything is frozen by any freeze. An exception opens its own scope; one for
    /// everything opens all.
    public func answer(to scope: DeployScope, at now: Timestamp) -> Answer {
        let limit = OpenFreezes.listedMax
        let frozen =
            scope.isEverything
            ? freezes.running(at: now, limit)
            : freezes.running(scope, at: now, limit) + freezes.running(.everything, at: now, limit)
        var opened = exceptions.running(.everything, at: now, limit)
        if !scope.isEverything { opened += exceptions.running(scope, at: now, limit) }
        return Answer(freezes: OpenFreezes.listed(frozen), exceptions: OpenFreezes.listed(opened))
    }

    private static func listed(_ items: [Item]) -> [Item] {
        items.sorted { Ends.isBefore($0, $1) }.prefix(listedMax)
            .sorted { ($0.number, $0.seq) > ($1.number, $1.seq) }
    }
}

/// Items by scope, in each the one that ends last first: those that run are a prefix.
private struct Ends: Sendable, Equatable {
    private var byScope: [DeployScope: [OpenFreezes.Item]] = [:]
    private var all: [OpenFreezes.Item] = []

    static func isBefore(_ left: OpenFreezes.Item, _ right: OpenFreezes.Item) -> Bool {
        (left.until, left.number, left.seq) > (right.until, right.number, right.seq)
    }

    func running(at now: Timestamp, _ limit: Int) -> [OpenFreezes.Item] {
        Array(all.prefix(limit).prefix { $0.until > now })
    }

    func running(_ scope: DeployScope, at now: Timestamp, _ limit: Int) -> [OpenFreezes.Item] {
        byScope[scope].map { Array($0.prefix(limit).prefix { $0.until > now }) } ?? []
    }

    mutating func insert(_ item: OpenFreezes.Item, _ scope: DeployScope) {
        Ends.insert(item, into: &all)
        Ends.insert(item, into: &byScope[scope, default: []])
    }

    mutating func remove(_ item: OpenFreezes.Item, _ scope: DeployScope) {
        Ends.remove(item, from: &all)
        Ends.remove(item, from: &byScope[scope, default: []])
        if byScope[scope]?.isEmpty ?? false { byScope[scope] = nil }
    }

    private static func insert(_ item: OpenFreezes.Item, into items: inout [OpenFreezes.Item]) {
        items.insert(item, at: place(of: item, in: items))
    }

    private static func remove(_ item: OpenFreezes.Item, from items: inout [OpenFreezes.Item]) {
        let index = place(of: item, in: items)
        if index < items.count, items[index] == item { items.remove(at: index) }
    }

    /// Binary search: the index of the first item that is not before it.
    private static func place(of item: OpenFreezes.Item, in items: [OpenFreezes.Item]) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(items[middle], item) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Incident {
    fileprivate func item(_ freeze: Freeze) -> OpenFreezes.Item {
        OpenFreezes.Item(until: freeze.until, number: number, seq: 0)
    }

    fileprivate func item(_ exception: FreezeException) -> OpenFreezes.Item {
        OpenFreezes.Item(until: exception.until, number: number, seq: exception.seq)
    }
}
