import Addresses
import Dispatch
import Glibc
import HTTP

extension EventLoop {
    /// Upper bound of accepts per round.
    private static let acceptsMax = 64
    /// Pause of accepting after descriptors have run out.
    private static let restMilliseconds = 50
    /// Minimum interval between two log lines about that.
    private static let restsLoggedMilliseconds: Int64 = 10_000
    /// Unauthenticated connections evicted when descriptors have run out, so that new ones can be accepted after the pause.
    private static let cutMax = 8

    /// Starts accepting, unless the server is draining.
    func beginAccepting() {
        guard let listener, !isAccepting, !isDraining else { return }
        isAccepting = true
        poller.watchListener(listener.descriptor)
    }

    func pauseAccepting() {
        guard let listener, isAccepting else { return }
        isAccepting = false
        poller.forget(listener.descriptor)
    }

    /// Accepts pending connections, at most `acceptsMax`.
    func acceptWaiting() {
        for _ in 0..<Self.acceptsMax {
            guard acceptNext() else { return }
        }
    }

    /// `false` when none is pending, or accepting must pause.
    func acceptNext() -> Bool {
        guard let listener else { return false }
        switch listener.accept() {
        case .nobody: return false
        case .connection(let socket, let address):
            place(socket, address)
            return true
        case .exhausted(let error):
            rest(error)
            return false
        }
    }

    /// Out of descriptors or memory: evicts some connections and pauses accepting.
    private func rest(_ error: Int32) {
        if now - restLoggedAt >= Self.restsLoggedMilliseconds {
            restLoggedAt = now
            log("http.accept_paused", [("error", String(cString: strerror(error)))])
        }
        let leaving = limiter.dismiss(Self.cutMax)
        for ref in leaving { dismiss(ref, isCut: true) }
        if leaving.isEmpty { _ = makeRoom() }
        pauseAccepting()
        queue.asyncAfter(deadline: .now() + .milliseconds(Self.restMilliseconds)) { [weak self] in
            self?.beginAccepting()
        }
    }

    private func place(_ socket: Int32, _ address: SocketAddress) {
        let proxy = address.number.flatMap { settings.trustedProxies.contains($0) ? $0 : nil }
        let origin = proxy == nil ? address.origin : nil
        var arrival = limiter.enter(origin, at: now, mustSpare: true)
        if case .full = arrival {
            let hasRoom = makeRoom()
            arrival = limiter.enter(origin, at: now, mustSpare: hasRoom)
        }
        switch arrival {
        case .welcome(let handle): hand(socket, address, handle, proxy)
        case .instead(let refs, let handle):
            for ref in refs { dismiss(ref, isCut: false) }
            hand(socket, address, handle, proxy)
        case .inPlace(let ref, let handle):
            endSoon(ref)
            hand(socket, address, handle, proxy)
        case .full:
            limiter.countRefusal()
            rejectOverCapacity(socket, address)
        }
    }

    private func hand(
        _ socket: Int32, _ address: SocketAddress, _ handle: UnauthenticatedConnections.Handle,
        _ proxy: IPAddress?
    ) {
        nextPeer = (nextPeer + 1) % max(1, peers.count)
        guard peers.indices.contains(nextPeer), peers[nextPeer] !== self else {
            welcome(socket, address, handle, proxy: proxy)
            return
        }
        peers[nextPeer].onLoop { $0.welcome(socket, address, handle, proxy: proxy) }
    }

    /// Reads at once: the first request often arrives with the connection, and valid credentials in it make the connection authenticated.
    private func welcome(
        _ socket: Int32, _ address: SocketAddress, _ handle: UnauthenticatedConnections.Handle,
        proxy: IPAddress?
    ) {
        guard !isStopped else {
            limiter.leave(.unauthenticated(handle))
            close(socket)
            return
        }
        guard let connection = adopt(socket, address, .unauthenticated(handle), proxy: proxy) else { return }
        guard limiter.settle(handle, ConnectionRef(loop: index, key: connection.key)) else {
            connection.evict(self, isCut: false)
            return
        }
        connection.run(self)
    }

    /// Evicts an unauthenticated connection, on any loop.
    private func dismiss(_ ref: ConnectionRef, isCut: Bool) {
        reach(ref) { $0.evict($1, isCut: isCut) }
    }

    /// Makes a connection give way that the limiter has chosen, on any loop. It may have ended meanwhile.
    func endSoon(_ ref: ConnectionRef?) {
        guard let ref else { return }
        reach(ref, otherwise: { $0.releaseEnding() }) { $0.giveWay($1) }
    }

    /// Calls `act` with a connection on any loop, on its loop; `otherwise` if it has ended.
    func reach(
        _ ref: ConnectionRef, otherwise: @escaping @Sendable (ConnectionLimiter) -> Void = { _ in },
        _ act: @escaping @Sendable (Connection, EventLoop) -> Void
    ) {
        guard ref.loop != index, peers.indices.contains(ref.loop) else {
            if let connection = connection(ref.key) { act(connection, self) } else { otherwise(limiter) }
            return
        }
        peers[ref.loop].onLoop { loop in
            if let connection = loop.connection(ref.key) {
                act(connection, loop)
            } else {
                otherwise(loop.limiter)
            }
        }
    }

    /// Responds with 503 and closes: every connection is authenticated and active.
    private func rejectOverCapacity(_ socket: Int32, _ address: SocketAddress) {
        adopt(socket, address, .dismissed, proxy: nil)?.rejectOverCapacity(self, isCut: false)
    }
}
