import Synchronization

/// Admission control of connections over all loops, with eviction (docs/decisions/0010).
///
/// A connection is unauthenticated until a request on it has valid credentials; from then on it is known, by the owner of the credentials
/// of its last request. Streams and long polls are counted a second time, as waiting.
final class ConnectionLimiter: Sendable {
    enum AuthState: Sendable {
        case unauthenticated(UnauthenticatedConnections.Handle)
        case known(owner: String, KnownConnections.Handle)
        /// Evicted or rejected, and no longer counted.
        case dismissed
    }

    /// Admission decision for a new connection.
    enum Arrival: Sendable {
        /// Admitted.
        case welcome(UnauthenticatedConnections.Handle)
        /// Admitted after evicting these unauthenticated connections, which are no longer counted. One that has not reached its loop yet is
        /// not among them.
        case instead(of: [ConnectionRef], UnauthenticatedConnections.Handle)
        /// Admitted in the place of one of the owner that has most, which is no longer counted and ends soon. It has a reservation of
        /// `Limits.endingMax`, to be released with `releaseEnding`.
        case inPlace(of: ConnectionRef?, UnauthenticatedConnections.Handle)
        /// Rejected: no unauthenticated connection is left to evict.
        case full
    }

    /// Admission decision for a stream or a long poll.
    enum Wait: Sendable {
        case admitted(WaitingConnections.Handle)
        /// Admitted in the place of one of the owner that has the most; that one is no longer counted as waiting.
        case instead(of: ConnectionRef?, WaitingConnections.Handle)
        case full
    }

    struct Limits: Sendable {
        var inAll: Int
        var unauthenticatedPerOrigin: Int
        /// For so long after its arrival the oldest connection of an address is not evicted for a new one of the same address, up to
        /// `burstFactor` times the limit: a client that opens hundreds at once has sent nothing on the first yet.
        var burstMilliseconds: Int64
        var waitsPerOwner: Int
        static let burstFactor = 4

        /// An owner with more connections than this gives way to others when no place is left.
        var fairShare: Int { ServerSettings.connectionsPerOwner(of: inAll) }
        /// Upper bound of connections that are no longer counted, because they end after the response to a write. Each is reserved when it
        /// is chosen, before its loop has looked at what it does, so that a burst of new connections stays within the bound.
        static let endingMax = 64
        /// Upper bound of waiting connections. The rest of the places is for requests that end by themselves.
        var waits: Int { max(1, inAll - fairShare) }
        /// This many unauthenticated connections are spared from eviction while a known connection can make room.
        var spared: Int { min(unauthenticatedPerOrigin, inAll / 8) }
    }

    private struct Counts {
        var total = 0
        /// Rejected and evicted connections since startup.
        var refused = 0
        var unauthenticated = UnauthenticatedConnections()
        var known = KnownConnections()
        var waiting = WaitingConnections()
        /// Connections that end after their response, and chosen ones that may.
        var ending = 0
    }

    let limits: Limits
    private let counts = Mutex(Counts())

    init(_ limits: Limits) {
        self.limits = limits
    }

    var total: Int { counts.withLock { $0.total } }

    /// Rejected and evicted connections since startup.
    var refused: Int { counts.withLock { $0.refused } }

    /// Decides on a new connection from `origin` (`nil`: via a trusted proxy). At the limit of an address its oldest unauthenticated
    /// connection is evicted. At the total limit the oldest connection of the owner that has most gives way, if that is more than the fair
    /// share, or else the oldest unauthenticated one; of those at least `Limits.spared` remain, unless `mustSpare` is `false`.
    func enter(_ origin: UInt64?, at now: Int64, mustSpare: Bool) -> Arrival {
        counts.withLock { counts in
            if let origin {
                let count = counts.unauthenticated.count(of: origin)
                let most = limits.unauthenticatedPerOrigin
                let since = counts.unauthenticated.firstSince(of: origin) ?? now
                let isBurst =
                    now - since < limits.burstMilliseconds && count < most * Limits.burstFactor
                    && counts.total < limits.inAll
                if count >= most, !isBurst {
                    // Two, so that what a burst left goes.
                    return Self.replace(min(2, count - most + 1), origin, by: origin, at: now, &counts)
                }
            }
            guard counts.total >= limits.inAll else {
                counts.total += 1
                return .welcome(counts.unauthenticated.append(origin, at: now))
            }
            if counts.ending < Limits.endingMax, let largest = counts.known.largestGroup,
                counts.known.count(of: largest) > limits.fairShare
            {
                counts.refused += 1
                let ref = counts.known.removeFirst(of: largest)
                if ref != nil { counts.ending += 1 }
                return .inPlace(of: ref, counts.unauthenticated.append(origin, at: now))
            }
            guard counts.unauthenticated.count > (mustSpare ? limits.spared : 0) else { return .full }
            return Self.replace(1, nil, by: origin, at: now, &counts)
        }
    }

    /// Counts a known connection inherited at an in-place restart; `nil` when the limit is reached. It has no owner until its next
    /// request.
    func readmit(at now: Int64) -> KnownConnections.Handle? {
        counts.withLock { counts in
            guard counts.total < limits.inAll else { return nil }
            counts.total += 1
            return counts.known.append(nil, at: now)
        }
    }

    private static func replace(
        _ number: Int, _ leaving: UInt64?, by origin: UInt64?, at now: Int64, _ counts: inout Counts
    ) -> Arrival {
        counts.refused += number
        counts.total -= number - 1
        let refs = (0..<number).compactMap { _ in counts.unauthenticated.removeFirst(of: leaving) }
        return .instead(of: refs, counts.unauthenticated.append(origin, at: now))
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
    func authenticate(
        _ handle: UnauthenticatedConnections.Handle, as owner: String, _ ref: ConnectionRef, at now: Int64
    ) -> KnownConnections.Handle {
        counts.withLock { counts in
            // A connection chosen for eviction that has just authenticated stays.
            if !counts.unauthenticated.remove(handle) { counts.total += 1 }
            return counts.known.append(owner, ref, at: now)
        }
    }

    /// A known connection has shown other credentials: behind a proxy many clients share it. One that was chosen to give way stays so.
    func change(
        _ handle: KnownConnections.Handle, to owner: String, _ ref: ConnectionRef, at now: Int64
    ) -> KnownConnections.Handle {
        counts.withLock { counts in
            counts.known.remove(handle) ? counts.known.append(owner, ref, at: now) : handle
        }
    }

    /// Reserves a place for a connection that ends after its response; `false` when there is none.
    func reserveEnding() -> Bool {
        counts.withLock { counts in
            guard counts.ending < Limits.endingMax else { return false }
            counts.ending += 1
            return true
        }
    }

    /// A connection with a reservation has ended, or need not wait for a response.
    func releaseEnding() {
        counts.withLock { $0.ending -= 1 }
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
            case .known(_, let handle): if counts.known.remove(handle) { counts.total -= 1 }
            case .dismissed: break
            }
        }
    }

    /// Admits a stream or a long poll of `owner`. When no place for one is left, the oldest of the owner that has the most gives way, if
    /// that owner has more than `owner` will have.
    func wait(_ owner: String, _ ref: ConnectionRef) -> Wait {
        counts.withLock { counts in
            let own = counts.waiting.count(of: owner)
            guard own < limits.waitsPerOwner else { return .full }
            var leaving: ConnectionRef?
            let isFull = counts.waiting.count >= limits.waits
            if isFull {
                guard let largest = counts.waiting.largestGroup, counts.waiting.count(of: largest) > own + 1
                else { return .full }
                leaving = counts.waiting.removeFirst(of: largest)
            }
            let handle = counts.waiting.append(owner, at: 0)
            _ = counts.waiting.settle(handle, ref)
            return isFull ? .instead(of: leaving, handle) : .admitted(handle)
        }
    }

    /// Ends a wait; without effect on one that gave way before.
    func endWait(_ handle: WaitingConnections.Handle) {
        counts.withLock { _ = $0.waiting.remove(handle) }
    }
}
