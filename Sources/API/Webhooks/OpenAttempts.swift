import Synchronization

/// Counts what is in progress for an owner, and in all: test messages of a token, presses of a webhook's buttons.
///
/// When all places are taken, an owner with less gets one of the owner that has the most, if that still leaves the giver as many. What gave
/// way ends later, and counts for its owner until then: the work in progress stays below twice `inAllMax`.
final class OpenAttempts: Sendable {
    /// Identifies an attempt: a serial number.
    typealias ID = Int

    static let perOwnerMax = 2
    static let inAllMax = 8

    private struct Attempt {
        let owner: String
        /// `nil` for what cannot give way, or did already.
        var giveWay: (@Sendable () -> Void)?
        var hasPlace = true
    }

    private struct State {
        var attempts: [ID: Attempt] = [:]
        var last = 0

        func count(_ isCounted: (Attempt) -> Bool) -> Int { attempts.values.count(where: isCounted) }
    }

    private let state = Mutex(State())

    /// `nil` when too many are in progress. `giveWay` is called, at most once, when another owner needs the place.
    func begin(_ owner: String, giveWay: (@Sendable () -> Void)? = nil) -> ID? {
        let (id, leaving): (ID?, (@Sendable () -> Void)?) = state.withLock { state in
            guard state.count({ $0.owner == owner }) < OpenAttempts.perOwnerMax else { return (nil, nil) }
            var leaving: (@Sendable () -> Void)?
            if state.count(\.hasPlace) >= OpenAttempts.inAllMax {
                guard state.attempts.count < 2 * OpenAttempts.inAllMax,
                    let id = OpenAttempts.whoGivesWay(to: owner, state)
                else { return (nil, nil) }
                leaving = state.attempts[id]?.giveWay
                state.attempts[id]?.giveWay = nil
                state.attempts[id]?.hasPlace = false
            }
            state.last += 1
            state.attempts[state.last] = Attempt(owner: owner, giveWay: giveWay)
            return (state.last, leaving)
        }
        leaving?()
        return id
    }

    /// Ends an attempt; `false` if it gave way before.
    @discardableResult func end(_ id: ID) -> Bool {
        state.withLock { $0.attempts.removeValue(forKey: id)?.hasPlace ?? false }
    }

    /// The oldest attempt of an owner with the most places.
    private static func whoGivesWay(to owner: String, _ state: State) -> ID? {
        let placed = state.attempts.filter(\.value.hasPlace)
        let byOwner = Dictionary(grouping: placed.values, by: \.owner).mapValues(\.count)
        let most = byOwner.values.max() ?? 0
        guard most > byOwner[owner, default: 0] + 1 else { return nil }
        return placed.filter { byOwner[$0.value.owner] == most && $0.value.giveWay != nil }.keys.min()
    }
}
