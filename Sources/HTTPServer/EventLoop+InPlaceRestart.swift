import Glibc
import Synchronization

/// Connections that are left open for the program behind this one. Its users are the loops, each on its own thread.
public final class RetainedConnections: Sendable {
    private let most: Int
    private let sockets = Mutex<[Int32]>([])

    /// Room for so many connections; more are closed.
    public init(most: Int) {
        self.most = most
    }

    /// What was retained: sockets that nobody reads.
    public var descriptors: [Int32] { sockets.withLock { $0 } }

    /// `false` when there is no room.
    func take(_ descriptor: Int32) -> Bool {
        sockets.withLock { sockets in
            guard sockets.count < most else { return false }
            sockets.append(descriptor)
            return true
        }
    }
}

extension EventLoop {
    /// Shares connections that the program before has left open among the loops.
    func takeOver(_ sockets: [Int32]) {
        for (index, socket) in sockets.enumerated() {
            // Without a peer the client has gone meanwhile.
            guard let address = SocketAddress.filled(by: { getpeername(socket, $0, &$1) })?.0 else {
                close(socket)
                continue
            }
            let peer = peers.isEmpty ? self : peers[index % peers.count]
            if peer === self { readmit(socket, address) } else { peer.onLoop { $0.readmit(socket, address) } }
        }
    }

    /// It was let in before, so it counts as known, and may have been silent for longer than a new one may.
    private func readmit(_ socket: Int32, _ address: SocketAddress) {
        guard !isStopped, limiter.readmit() else {
            close(socket)
            return
        }
        let proxy = address.number.flatMap { settings.trustedProxies.contains($0) ? $0 : nil }
        guard let connection = adopt(socket, address, .known, proxy: proxy) else { return }
        connection.requests = 1
        connection.run(self)
    }
}
