import Synchronization

/// Admission control of connections over all loops, with eviction of unauthenticated ones (docs/decisions/0010).
///
/// A connection is unauthenticated until a request on it has valid credentials; from then on it is known.
final class ConnectionLimiter: Sendable {
    enum AuthState: Sendable {
        case unauthenticated(UnauthenticatedConnections.Handle)
        case known
        /// Evicted or rejected, and no longer counted.
        case dismissed
    }

    /// Admission decision for a new connection.
    enum Arrival: Sendable {
        /// Admitted.
        case welcome(UnauthenticatedConnections.Handle)
        /// Admitted after evicting this unauthenticated connection, which is no longer counted; `nil` when it has not reached its loop
        /// yet.
        case instead(of: ConnectionRef?, UnauthenticatedConnections.Handle)
        /// Rejected: no unauthenticated connection is left to evict.
        case full
    }

    private struct Counts {
        var total = 0
        /// Rejected and evicted connections since startup.
        var refused = 0
        var unauthenticated = UnauthenticatedConnections()
    }

    private let totalMax: Int
    private let unauthenticatedPerOriginMax: Int
    /// This many unauthenticated connections are spared from eviction while a known connection is idle.
    private let unauthenticatedSpared: Int
    private let counts = Mutex(Counts())

    init(totalMax: Int, unauthenticatedMax: Int) {
        self.totalMax = totalMax
        unauthenticatedPerOriginMax = unauthenticatedMax
        unauthenticatedSpared = min(unauthenticatedMax, totalMax / 8)
    }

    var total: Int { counts.withLock { $0.total } }

    /// Rejected and evicted connections since startup.
    var refused: Int { counts.withLock { $0.refused } }

    /// Decides on a new connection from `origin` (`nil`: via a trusted proxy). At a limit the oldest unauthenticated connection is
    /// evicted, of the same address or of all. At the total limit at least `unauthenticatedSpared` remain, unless `mustSpare` is `false`.
    func enter(_ origin: UInt64?, mustSpare: Bool) -> Arrival {
        counts.withLock { counts in
            if let origin, counts.unauthenticated.count(of: origin) >= unauthenticatedPerOriginMax {
                return Self.replace(origin, origin, &counts)
            }
            guard counts.total >= totalMax else {
                counts.total += 1
                return .welcome(counts.unauthenticated.append(origin))
            }
            guard counts.unauthenticated.count > (mustSpare ? unauthenticatedSpared : 0) else { return .full }
            return Self.replace(nil, origin, &counts)
        }
    }

    /// Counts a connection inherited at an in-place restart; `false` when the limit is reached.
    func readmit() -> Bool {
        counts.withLock { counts in
            guard counts.total < totalMax else { return false }
            counts.total += 1
            return true
        }
    }

    private static func replace(_ leaving: UInt64?, _ origin: UInt64?, _ counts: inout Counts) -> Arrival {
        counts.refused += 1
        let ref = counts.unauthenticated.removeFirst(of: leaving)
        return .instead(of: ref, counts.unauthenticated.append(origin))
    }

    /// Counts a rejected connection.
    func countRefusal() {
        counts.withLock { $0.refused += 1 }
    }

    /// Records the loop of an unauthenticated connection; `false` when it was evicted before it got there.
    func settle(_ handle: UnauthenticatedConnections.Handle, _ ref: ConnectionRef) -> Bool {
        counts.withLock { $0.unauthenticated.settle(handle, ref) }
    }

    /// An unauthenticated connection has shown valid credentials.
    func authenticate(_ handle: UnauthenticatedConnections.Handle) {
        counts.withLock { counts in
            // A connection chosen for eviction that has just authenticated stays.
            if !counts.unauthenticated.remove(handle) { counts.total += 1 }
        }
    }

    /// Evicts the oldest unauthenticated connections, at most `number`, because descriptors or memory have run out.
    func dismiss(_ number: Int) -> [ConnectionRef] {
        counts.withLock { counts in
            (0..<min(number, counts.unauthenticated.count)).compactMap { _ in
                counts.total -= 1
                counts.refused += 1
                return counts.unauthenticated.removeFirst()
            }
        }
    }

    func leave(_ authState: AuthState) {
        counts.withLock { counts in
            switch authState {
            case .unauthenticated(let handle): if counts.unauthenticated.remove(handle) { counts.total -= 1 }
            case .known: counts.total -= 1
            case .dismissed: break
            }
        }
    }
}
