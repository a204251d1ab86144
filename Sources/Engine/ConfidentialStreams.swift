import Model
import Synchronization

/// The confidential streams of a shelf: for callers below scope `command` none of them exists.
///
/// Complete and in memory, so that a name is decided without the store, as fast as an unknown one. One entry per confidential incident,
/// some 150 bytes each. The lane hides a stream before the commit that makes it confidential can be read, and shows it after the commit
/// that ends this: a caller that reads first and asks here afterwards has never read too much.
public final class ConfidentialStreams: Sendable {
    private struct State {
        /// Ids by number.
        var ids: [Int: String] = [:]
        var numbers: [String: Int] = [:]
    }

    private let state = Mutex(State())
    /// Most services have no confidential stream, and are asked with each request.
    private let count = Atomic<Int>(0)

    init() {}

    public func contains(_ number: Int) -> Bool {
        !isEmpty && state.withLock { $0.ids[number] != nil }
    }

    /// Keys name documents, which are never confidential.
    public func contains(_ name: StreamName) -> Bool {
        guard !isEmpty else { return false }
        switch name {
        case .number(let number): return contains(number)
        case .id(let id): return state.withLock { $0.numbers[id] != nil }
        case .key: return false
        }
    }

    public var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// Returns whether it was not hidden before.
    @discardableResult
    func hide(_ number: Int, id: String) -> Bool {
        state.withLock { state in
            guard state.ids.updateValue(id, forKey: number) == nil else { return false }
            state.numbers[id] = number
            count.store(state.ids.count, ordering: .releasing)
            return true
        }
    }

    func show(_ number: Int) {
        guard !isEmpty else { return }
        state.withLock { state in
            guard let id = state.ids.removeValue(forKey: number) else { return }
            state.numbers[id] = nil
            count.store(state.ids.count, ordering: .releasing)
        }
    }
}
