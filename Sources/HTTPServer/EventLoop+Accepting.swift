import Dispatch
import Glibc
import HTTP

extension EventLoop {
    /// Connections accepted before other events have their turn.
    private static let acceptsMax = 64
    /// How long accepting rests when descriptors have run out.
    private static let restMilliseconds = 50
    /// Connections over the cap that are kept for a moment, so that their clients can read why; more are cut.
    private static let refusedMax = 64

    /// Begins accepting, unless the server is on its way out.
    func beginAccepting() {
        guard let listener, !isAccepting, !isDraining else { return }
        isAccepting = true
        poller.watchListener(listener.descriptor)
    }

    /// Stops accepting for now.
    func pauseAccepting() {
        guard let listener, isAccepting else { return }
        isAccepting = false
        poller.forget(listener.descriptor)
    }

    /// Accepts those who wait, some of them at a time.
    func acceptWaiting() {
        for _ in 0..<Self.acceptsMax {
            guard acceptNext() else { return }
        }
    }

    /// `false` when nobody waits any more, or accepting has to rest.
    func acceptNext() -> Bool {
        guard let listener else { return false }
        switch listener.accept() {
        case .nobody: return false
        case .connection(let socket, let address):
            place(socket, address)
            return true
        case .exhausted(let error):
            log("http.accept_paused", [("error", String(cString: strerror(error)))])
            pauseAccepting()
            queue.asyncAfter(deadline: .now() + .milliseconds(Self.restMilliseconds)) { [weak self] in
                self?.beginAccepting()
            }
            return false
        }
    }

    private func place(_ socket: Int32, _ address: SocketAddress) {
        guard census.enter(address.origin) else {
            turnAway(socket, address)
            return
        }
        nextPeer = (nextPeer + 1) % max(1, peers.count)
        guard peers.indices.contains(nextPeer), peers[nextPeer] !== self else {
            welcome(socket, address)
            return
        }
        peers[nextPeer].onLoop { $0.welcome(socket, address) }
    }

    /// Reads at once: the request often came with the connection, and an answered one does not count against
    /// its address.
    private func welcome(_ socket: Int32, _ address: SocketAddress) {
        guard !isStopped else {
            census.leave(address.origin, isAuthenticated: false)
            close(socket)
            return
        }
        adopt(socket, address, isCounted: true)?.run(self)
    }

    /// 503 and close: at the cap, total or of one address.
    private func turnAway(_ socket: Int32, _ address: SocketAddress) {
        guard refusedCount < Self.refusedMax else {
            _ = Self.refusalAtCap.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            close(socket)
            return
        }
        guard let connection = adopt(socket, address, isCounted: false) else { return }
        connection.out = Self.refusalAtCap
        connection.phase = .closing
        connection.run(self)
    }

    /// The answer at the cap: made once, and without the responder, so that turning away costs next to nothing.
    private static let refusalAtCap: [UInt8] = {
        let body =
            #"{"type":"/problems/overloaded","title":"Overloaded","status":503,"detail":"Too many connections."}"#
        let head = """
            HTTP/1.1 503 Service Unavailable\r
            Server: drumbeat\r
            X-Content-Type-Options: nosniff\r
            Content-Type: application/problem+json\r
            Content-Length: \(body.utf8.count)\r
            Retry-After: 1\r
            Connection: close\r
            \r

            """
        return Array((head + body).utf8)
    }()
}
