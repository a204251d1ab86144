import Engine
import Model
import Synchronization

/// A caller's write on its way to the store: it is performed only while its response is awaited. It may wait in the lane's queue for
/// seconds; the transaction checks the caller's token again.
struct CallersWrite: WriteRequest {
    let write: any WriteRequest
    let claim: WriteClaim
    /// Whether confidential incidents do not exist for the caller.
    let hidesConfidential: Bool

    var priority: WritePriority { write.priority }
    var ignoresClock: Bool { write.ignoresClock }

    func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        guard claim.begin() else { throw .refused(.withdrawn) }
        transaction.hidesConfidential = hidesConfidential
        do throws(WriteFault) {
            return try write.perform(in: &transaction)
        } catch {
            // It waits again, until a reader has folded the state.
            if case .absent = error { claim.rest() }
            throw error
        }
    }
}

/// Who decides about a write that waits: the lane, which begins it, or the handler's timeout, which takes it back. The first wins.
final class WriteClaim: Sendable {
    private enum State {
        static let waiting = 0
        static let begun = 1
        static let withdrawn = 2
    }

    private let state = Atomic<Int>(State.waiting)

    /// Whether the write is to be performed: not when it was taken back. May be asked again, as a batch may be performed twice.
    func begin() -> Bool { settle(State.begun) == State.begun }

    /// Whether the write was taken back: it has not begun, and never will.
    func withdraw() -> Bool { settle(State.withdrawn) == State.withdrawn }

    /// The write that had begun changed nothing, and waits again.
    func rest() {
        _ = state.compareExchange(
            expected: State.begun, desired: State.waiting, ordering: .acquiringAndReleasing)
    }

    private func settle(_ wanted: Int) -> Int {
        let (isFirst, before) = state.compareExchange(
            expected: State.waiting, desired: wanted, ordering: .acquiringAndReleasing)
        return isFirst ? wanted : before
    }
}

extension Refusal {
    /// No one sees it: the client was told before.
    fileprivate static var withdrawn: Refusal {
        Refusal(.overloaded, "The response took too long, and the write was taken back. Nothing was written.")
    }
}
