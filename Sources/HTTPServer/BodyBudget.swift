import Synchronization

/// Backpressure: upper bound of the bytes held by all request bodies in progress, over all loops.
///
/// An authenticated connection may send the largest allowed body, and there may be thousands of connections.
final class BodyBudget: Sendable {
    /// Smaller bodies are not counted and always accepted: nearly all writes are smaller.
    static let uncountedBytes = 16_384

    private let bytesMax: Int
    private let bytes = Atomic<Int>(0)

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Reserves bytes; `false`, with nothing reserved, when the budget is exceeded.
    func take(_ count: Int) -> Bool {
        guard bytes.add(count, ordering: .relaxed).newValue > bytesMax else { return true }
        giveBack(count)
        return false
    }

    func giveBack(_ count: Int) {
        bytes.subtract(count, ordering: .relaxed)
    }
}

extension Connection {
    /// Counts the body received so far; refuses the request when the budget is exceeded.
    func weighBody(_ bytes: Int, _ loop: EventLoop) -> Bool {
        guard bytes > BodyBudget.uncountedBytes, bytes > weighedBytes else { return true }
        guard loop.bodies.take(bytes - weighedBytes) else {
            refuse(.bodiesFull, loop)
            return false
        }
        weighedBytes = bytes
        return true
    }

    /// Call when the request is finished or its connection has ended.
    func releaseBody(_ loop: EventLoop) {
        guard weighedBytes > 0 else { return }
        loop.bodies.giveBack(weighedBytes)
        weighedBytes = 0
    }
}
