import Synchronization

/// How many bytes the bodies of all requests under way may hold together, over all loops.
///
/// A connection that is known may bring the largest body there is, and there may be thousands of them. Source: style.md, "Errors, limits".
final class BodyBudget: Sendable {
    /// A smaller body is not counted, so that it is always taken: nearly all writes are.
    static let uncountedBytes = 16_384

    private let bytesMax: Int
    private let bytes = Atomic<Int>(0)

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Counts so many more; `false`, and nothing is counted, when they are too many.
    func take(_ count: Int) -> Bool {
        guard bytes.add(count, ordering: .relaxed).newValue > bytesMax else { return true }
        giveBack(count)
        return false
    }

    /// So many are gone.
    func giveBack(_ count: Int) {
        bytes.subtract(count, ordering: .relaxed)
    }
}

extension Connection {
    /// Counts the body that has come so far; refuses the request when all bodies together hold too much.
    func weighBody(_ bytes: Int, _ loop: EventLoop) -> Bool {
        guard bytes > BodyBudget.uncountedBytes, bytes > weighedBytes else { return true }
        guard loop.bodies.take(bytes - weighedBytes) else {
            refuse(.bodiesFull, loop)
            return false
        }
        weighedBytes = bytes
        return true
    }

    /// The request has been answered, or its connection has ended.
    func releaseBody(_ loop: EventLoop) {
        guard weighedBytes > 0 else { return }
        loop.bodies.giveBack(weighedBytes)
        weighedBytes = 0
    }
}
