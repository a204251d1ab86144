import Glibc
import Synchronization

/// Open connections kept for the next program at an in-place restart. Used by all loops.
public final class RetainedConnections: Sendable {
    private let most: Int
    private let sockets = Mutex<[Int32]>([])

    /// At most `most` connections are kept; further ones are closed.
    public init(most: Int) {
        self.most = most
    }

    /// The kept sockets. No one reads them.
    public var descriptors: [Int32] { sockets.withLock { $0 } }

    /// `false` when the maximum is reached.
    func take(_ descriptor: Int32) -> Bool {
        sockets.withLock { sockets in
            guard sockets.count < most else { return false }
            sockets.append(descriptor)
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
            if peer === self { readmit(socket, address) } else { peer.onLoop { $0.readmit(socket, address) } }
        }
    }

    /// The connection was admitted before, so it counts as known and gets the keep-alive timeout instead of the first-byte timeout.
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
