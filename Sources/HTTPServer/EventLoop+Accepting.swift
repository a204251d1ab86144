import Addresses
import Dispatch
import Glibc
import HTTP

extension EventLoop {
    /// Connections accepted before other events have their turn.
    private static let acceptsMax = 64
    /// How long accepting rests when descriptors have run out.
    private static let restMilliseconds = 50
    /// How often that is logged at most.
    private static let restsLoggedMilliseconds: Int64 = 10_000
    /// Unauthenticated connections that are cut off when descriptors have run out, so that somebody else gets in after the rest.
    private static let cutMax = 8

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
            rest(error)
            return false
        }
    }

    /// Nothing is left to accept with: some make room, and accepting goes on in a moment.
    private func rest(_ error: Int32) {
        if now - restLoggedAt >= Self.restsLoggedMilliseconds {
            restLoggedAt = now
            log("http.accept_paused", [("error", String(cString: strerror(error)))])
        }
        let leaving = limiter.dismiss(Self.cutMax)
        for ref in leaving { dismiss(ref, isCut: true) }
        if leaving.isEmpty { _ = closeLongestIdle() }
        pauseAccepting()
        queue.asyncAfter(deadline: .now() + .milliseconds(Self.restMilliseconds)) { [weak self] in
            self?.beginAccepting()
        }
    }

    private func place(_ socket: Int32, _ address: SocketAddress) {
        let proxy = address.number.flatMap { settings.trustedProxies.contains($0) ? $0 : nil }
        let origin = proxy == nil ? address.origin : nil
        var arrival = limiter.enter(origin, mustSpare: true)
        if case .full = arrival {
            let hasRoom = closeLongestIdle()
            arrival = limiter.enter(origin, mustSpare: hasRoom)
        }
        switch arrival {
        case .welcome(let handle): hand(socket, address, handle, proxy)
        case .instead(let ref, let handle):
            if let ref { dismiss(ref, isCut: false) }
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

    /// Reads at once: the request often came with the connection, and valid credentials make it known.
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

    /// Has an unauthenticated connection go, on whatever loop it is.
    private func dismiss(_ ref: ConnectionRef, isCut: Bool) {
        guard ref.loop != index, peers.indices.contains(ref.loop) else {
            connection(ref.key)?.evict(self, isCut: isCut)
            return
        }
        peers[ref.loop].onLoop { $0.connection(ref.key)?.evict($0, isCut: isCut) }
    }

    /// 503 and close: every place is taken by somebody known who is at work.
    private func rejectOverCapacity(_ socket: Int32, _ address: SocketAddress) {
        adopt(socket, address, .dismissed, proxy: nil)?.rejectOverCapacity(self, isCut: false)
    }
}
