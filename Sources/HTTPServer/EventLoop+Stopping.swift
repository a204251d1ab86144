import HTTP

extension EventLoop {
    /// Idle connections that were busy less than this ago may have a request on its way: closing at once would
    /// lose it, so they get `drainingIdleMilliseconds` to send it.
    private static let recentlyMilliseconds: Int64 = 1_000
    private static let drainingIdleMilliseconds: Int64 = 250
    /// A new connection's first request may be on its way for as long; no client need expect to lose it.
    static let drainingNewMilliseconds: Int64 = 1_000
    /// Somebody who was answered and does not close may hold up an in-place restart, and thereby all others, for as long.
    private static let restartLingeringMilliseconds: Int64 = 250

    /// How long a connection is read on behind its last answer.
    var lingeringMilliseconds: Int64 {
        retained == nil ? timeouts.lingering : min(timeouts.lingering, Self.restartLingeringMilliseconds)
    }

    /// Stops accepting, but serves who waits already; closes idle connections; others after their answer. Then
    /// calls `done`, once. With a `retained`, idle connections go there and nobody is accepted any more.
    func drain(into retained: RetainedConnections?, _ done: @escaping @Sendable () -> Void) {
        guard !isDraining, !isStopped else {
            done()
            return
        }
        isDraining = true
        drained = done
        drainingIdleDeadline = now + Self.drainingIdleMilliseconds
        pauseAccepting()
        self.retained = retained
        if retained != nil { listener?.isKept = true }
        // Closing the socket resets whoever has connected and was not accepted yet.
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
            guard connection.phase == .reading else { continue }
            if retained == nil { connection.isReadable = true }
            connection.run(self)
            let isOld = now - connection.idleSince > Self.recentlyMilliseconds
            if connection.isIdle, isOld, retained == nil { connection.close(self) }
        }
        reportIfDrained()
    }

    /// Tells whoever drains the loop that no connection is left.
    func reportIfDrained() {
        guard isDraining, openCount == 0, let done = drained else { return }
        drained = nil
        done()
    }

    /// Closes everything and lets the loop go.
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
