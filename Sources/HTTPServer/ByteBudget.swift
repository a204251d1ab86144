import Synchronization

/// Who uses a share: the owner of valid credentials, or an address that has shown none.
enum ShareOwner: Hashable, Sendable {
    case token(String)
    case address(String)
}

/// Backpressure: upper bound of bytes held for clients, over all loops: in all, per owner, and for all clients without valid credentials
/// together.
///
/// There is one for request bodies that arrive, and one for responses that clients have not read yet. A number of connections bounds
/// neither: an authenticated one may send the largest allowed body, or leave the largest page unread, and there may be thousands.
final class ByteBudget: Sendable {
    /// Smaller bodies and responses are not counted and always accepted: nearly all writes and most responses are smaller.
    static let uncountedBytes = 16_384

    struct Limits: Sendable {
        var inAll: Int
        var perToken: Int
        var perAddress: Int
        var strangers: Int
    }

    private struct Held {
        var bytes = 0
        var strangersBytes = 0
        var byOwner: [ShareOwner: Int] = [:]
    }

    private let limits: Limits
    private let held = Mutex(Held())

    init(_ limits: Limits) {
        self.limits = limits
    }

    var bytes: Int { held.withLock { $0.bytes } }

    /// Reserves bytes of an owner's share; `false`, with nothing reserved, when the share or the whole is spent.
    func take(_ count: Int, for owner: ShareOwner) -> Bool {
        held.withLock { held in
            let own = held.byOwner[owner, default: 0] + count
            let isStranger = if case .address = owner { true } else { false }
            let strangers = held.strangersBytes + (isStranger ? count : 0)
            guard held.bytes + count <= limits.inAll,
                own <= (isStranger ? limits.perAddress : limits.perToken),
                !isStranger || strangers <= limits.strangers
            else { return false }
            held.bytes += count
            held.strangersBytes = strangers
            held.byOwner[owner] = own
            return true
        }
    }

    func giveBack(_ count: Int, of owner: ShareOwner) {
        held.withLock { held in
            held.bytes -= count
            if case .address = owner { held.strangersBytes -= count }
            let left = held.byOwner[owner, default: count] - count
            held.byOwner[owner] = left > 0 ? left : nil
        }
    }
}

/// What a connection holds of a budget. It belongs to the owner that took the first bytes, until all are given back.
struct Weight {
    private(set) var bytes = 0
    private var owner = ShareOwner.address("")

    /// Counts up to `total` bytes; `false` when the budget refuses the rest.
    mutating func raise(to total: Int, for owner: ShareOwner, in budget: ByteBudget) -> Bool {
        guard total > ByteBudget.uncountedBytes, total > bytes else { return true }
        if bytes == 0 { self.owner = owner }
        guard budget.take(total - bytes, for: self.owner) else { return false }
        bytes = total
        return true
    }

    mutating func release(to budget: ByteBudget) {
        guard bytes > 0 else { return }
        budget.giveBack(bytes, of: owner)
        bytes = 0
    }
}

extension Connection {
    /// Counts the body received so far; refuses the request when the budget is exceeded.
    func weighBody(_ bytes: Int, _ loop: EventLoop) -> Bool {
        guard bodyWeight.raise(to: bytes, for: owner, in: loop.bodies) else {
            refuse(.bodiesFull, loop)
            return false
        }
        return true
    }

    /// Counts a response of so many bytes with all that the client has not read yet; `false` when the budget refuses it.
    func weighResponse(_ bytes: Int, _ loop: EventLoop) -> Bool {
        outWeight.raise(to: out.count - outStart + bytes, for: owner, in: loop.responses)
    }

    /// Call when the request is finished or its connection has ended.
    func releaseBody(_ loop: EventLoop) {
        bodyWeight.release(to: loop.bodies)
    }
}
