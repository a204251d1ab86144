import HTTP

extension EventLoop {
    /// A connection that was busy less than this ago may have a request in flight. Closing at once would lose it, so it gets
    /// `drainingIdleMilliseconds`.
    private static let recentlyMilliseconds: Int64 = 1_000
    private static let drainingIdleMilliseconds: Int64 = 250
    /// Time for a new connection's first request to arrive: no client expects to lose that.
    static let drainingNewMilliseconds: Int64 = 1_000
    /// Cap of the lingering close during an in-place restart, so that one client that does not close cannot delay everyone else.
    private static let restartLingeringMilliseconds: Int64 = 250

    /// How long an in-place restart waits for the rest of a request of a client that has shown no valid credentials. Everybody waits
    /// meanwhile.
    static let handoverStrangerMilliseconds: Int64 = 250
    /// The same for other clients, and for a client to read its response.
    static let handoverMilliseconds: Int64 = 1_000

    /// Duration of the lingering close.
    var lingeringMilliseconds: Int64 {
        retained == nil ? timeouts.lingering : min(timeouts.lingering, Self.restartLingeringMilliseconds)
    }

    /// Drains the loop: stops accepting, serves pending connections, closes idle connections, and the others after their response. Then
    /// calls `done` once. With `retained`, pending connections stay in the kernel and idle ones go to `retained`.
    func drain(into retained: RetainedConnections?, _ done: @escaping @Sendable () -> Void) {
        guard !isDraining, !isStopped else {
            done()
            return
        }
        isDraining = true
        drained = done
        drainingSince = now
        drainingIdleDeadline = now + Self.drainingIdleMilliseconds
        pauseAccepting()
        self.retained = retained
        if retained != nil { listener?.isKept = true }
        // Closing the listening socket resets connections that are not accepted yet.
        for _ in 0..<settings.backlog where retained == nil && !settings.isShared {
            guard acceptNext() else { break }
        }
        listener = nil
        for connection in connections {
            guard let connection else { continue }
            if connection.phase == .streaming {
                connection.closeForRestart(self)
                connection.run(self)
            }
            if connection.phase == .lingering {
                connection.lingeringDeadline = min(connection.lingeringDeadline, now + lingeringMilliseconds)
                connection.updateDeadline(self)
            }
            guard connection.phase == .reading else {
                connection.updateDeadline(self)
                continue
            }
            if retained == nil { connection.isReadable = true }
            connection.run(self)
            let isOld = now - connection.idleSince > Self.recentlyMilliseconds
            if connection.isIdle, isOld, retained == nil { connection.close(self) }
        }
        reportIfDrained()
    }

    /// Calls the drain's completion once no connection is left.
    func reportIfDrained() {
        guard isDraining, openCount == 0, let done = drained else { return }
        drained = nil
        done()
    }

    /// Closes everything and releases the loop.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        pauseAccepting()
        listener = nil
        peers = []
        for connection in connections { connection?.close(self) }
        deactivate()
    }
}
