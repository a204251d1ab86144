import Addresses
import Glibc
import Synchronization

/// Open connections kept for the next program at an in-place restart. Used by all loops.
public final class RetainedConnections: Sendable {
    private let most: Int
    private let sockets = Mutex<(all: [Int32], strangers: Set<Int32>)>(([], []))

    /// At most `most` connections are kept; further ones are closed.
    public init(most: Int) {
        self.most = most
    }

    /// The kept sockets. No one reads them.
    public var descriptors: [Int32] { sockets.withLock { $0.all } }

    /// Those of them that have shown no valid credentials yet.
    public var strangers: Set<Int32> { sockets.withLock { $0.strangers } }

    /// `false` when the maximum is reached.
    func take(_ descriptor: Int32, isStranger: Bool) -> Bool {
        sockets.withLock { sockets in
            guard sockets.all.count < most else { return false }
            sockets.all.append(descriptor)
            if isStranger { sockets.strangers.insert(descriptor) }
            return true
        }
    }
}

extension EventLoop {
    /// Distributes the connections inherited from the previous program among the loops.
    func takeOver(_ sockets: [Int32]) {
        for (index, socket) in sockets.enumerated() {
            // Without a peer address the client has disconnected.
            guard let address = SocketAddress.filled(by: { getpeername(socket, $0, &$1) })?.0 else {
                close(socket)
                continue
            }
            let peer = peers.isEmpty ? self : peers[index % peers.count]
            let isStranger = settings.strangers.contains(socket)
            if peer === self {
                readmit(socket, address, isStranger: isStranger)
            } else {
                peer.onLoop { $0.readmit(socket, address, isStranger: isStranger) }
            }
        }
    }

    /// The connection was admitted before, so it keeps its standing, and gets the keep-alive timeout instead of the first-byte timeout.
    private func readmit(_ socket: Int32, _ address: SocketAddress, isStranger: Bool) {
        let proxy = address.number.flatMap { settings.trustedProxies.contains($0) ? $0 : nil }
        guard !isStopped, let authState = standing(isStranger, address, proxy) else {
            close(socket)
            return
        }
        guard let connection = adopt(socket, address, authState, proxy: proxy) else { return }
        if case .unauthenticated(let handle) = authState {
            guard limiter.settle(handle, ConnectionRef(loop: index, key: connection.key)) else {
                connection.close(self)
                return
            }
        }
        connection.requests = 1
        connection.run(self)
    }

    /// A connection without valid credentials counts against its address again: otherwise each restart would make it known. `nil` when
    /// there is no place.
    private func standing(
        _ isStranger: Bool, _ address: SocketAddress, _ proxy: IPAddress?
    ) -> ConnectionLimiter.AuthState? {
        guard isStranger else { return limiter.readmit(at: now).map { .known(owner: "", $0) } }
        switch limiter.enter(proxy == nil ? address.origin : nil, at: now, mustSpare: true) {
        case .welcome(let handle): return .unauthenticated(handle)
        case .instead(let refs, let handle):
            for ref in refs { reach(ref) { $0.evict($1, isCut: false) } }
            return .unauthenticated(handle)
        case .inPlace(let ref, let handle):
            endSoon(ref)
            return .unauthenticated(handle)
        case .full: return nil
        }
    }
}
