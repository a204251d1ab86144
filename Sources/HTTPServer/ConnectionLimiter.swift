import Synchronization

/// How many connections there are over all loops, and who gives way when there are too many (docs/decisions/0010).
///
/// A connection is unauthenticated until a request on it brings valid credentials, then it is known.
final class ConnectionLimiter: Sendable {
    /// What a connection counts as.
    enum AuthState: Sendable {
        case unauthenticated(UnauthenticatedConnections.Handle)
        case known
        /// It had to give way, or was turned away, and is counted no more.
        case dismissed
    }

    /// Admission decision for a new connection.
    enum Arrival: Sendable {
        /// There is room.
        case welcome(UnauthenticatedConnections.Handle)
        /// There is, once this unauthenticated connection has gone, which is counted no more; `nil` when it is not on its loop yet.
        case instead(of: ConnectionRef?, UnauthenticatedConnections.Handle)
        /// No unauthenticated connection is left that could give way.
        case full
    }

    private struct Counts {
        var total = 0
        /// Connections that were one too many, ever.
        var refused = 0
        var unauthenticated = UnauthenticatedConnections()
    }

    private let totalMax: Int
    private let unauthenticatedPerOriginMax: Int
    /// So many unauthenticated connections need not give way to others as long as a known connection is idle.
    private let unauthenticatedSpared: Int
    private let counts = Mutex(Counts())

    init(totalMax: Int, unauthenticatedMax: Int) {
        self.totalMax = totalMax
        unauthenticatedPerOriginMax = unauthenticatedMax
        unauthenticatedSpared = min(unauthenticatedMax, totalMax / 8)
    }

    /// How many connections there are.
    var total: Int { counts.withLock { $0.total } }

    /// How many connections were one too many, so far.
    var refused: Int { counts.withLock { $0.refused } }

    /// One more comes from there (`nil`: from a trusted proxy). The longest waiting
    /// unauthenticated connection gives way when there are too many, of its address or of all; in all, only while more than the spared
    /// ones are there, unless `mustSpare` is off.
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

    /// A connection of the program before is here again; `false` when there is no room for it.
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

    /// Somebody who came is turned away.
    func countRefusal() {
        counts.withLock { $0.refused += 1 }
    }

    /// Notes where an unauthenticated connection is; `false` when it had to give way before it was there.
    func settle(_ handle: UnauthenticatedConnections.Handle, _ ref: ConnectionRef) -> Bool {
        counts.withLock { $0.unauthenticated.settle(handle, ref) }
    }

    /// An unauthenticated connection has shown valid credentials.
    func authenticate(_ handle: UnauthenticatedConnections.Handle) {
        counts.withLock { counts in
            // One that was just asked to give way stays: it has shown whose it is.
            if !counts.unauthenticated.remove(handle) { counts.total += 1 }
        }
    }

    /// So many unauthenticated connections, those that came first, are to go at once: something has run out.
    func dismiss(_ number: Int) -> [ConnectionRef] {
        counts.withLock { counts in
            (0..<min(number, counts.unauthenticated.count)).compactMap { _ in
                counts.total -= 1
                counts.refused += 1
                return counts.unauthenticated.removeFirst()
            }
        }
    }

    /// A connection has ended.
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
