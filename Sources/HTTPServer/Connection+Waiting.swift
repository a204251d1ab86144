import HTTP

/// Streams and long polls: requests that wait for what may happen, as long as the client likes.
extension Connection {
    /// Whether a client that shuts down sending is gone. A client of a stream or a long poll has nothing more to send, so it means a
    /// disconnect; between two parts of another request it may be a half-close.
    var endsWithClient: Bool { phase == .streaming || phase == .responding && isPolling }

    /// Counts the connection as waiting; `false` when its owner, or all together, have too many.
    func beginWait(_ loop: EventLoop) -> Bool {
        guard wait == nil, case .known(let owner) = authState else { return true }
        switch loop.limiter.wait(owner, ConnectionRef(loop: loop.index, key: key)) {
        case .admitted(let handle): wait = handle
        case .instead(let ref, let handle):
            wait = handle
            if let ref { loop.reach(ref) { $0.stopWaiting($1) } }
        case .full: return false
        }
        return true
    }

    func endWait(_ loop: EventLoop) {
        isPolling = false
        if let wait { loop.limiter.endWait(wait) }
        wait = nil
    }

    /// Ends a stream or a long poll, because another owner's needs its place.
    func stopWaiting(_ loop: EventLoop) {
        switch phase {
        case .streaming: bye("full", loop)
        case .responding where isPolling: refuse(.gaveWay, loop)
        default: return
        }
        run(loop)
    }

    /// How readily the connection makes room for another owner's, lowest first; `nil` if it does not: a short request is worth more than a
    /// new connection. Nothing is lost with a closing connection, nor with a stream, whose client resumes. A write is never cut.
    func givesWayAs(at now: Int64) -> Int? {
        switch phase {
        case .lingering: 0
        case .streaming: 1
        case .responding where isPolling: 2
        case _ where isSending: 3
        case .reading where parser?.stage == .body && now - bodyStarted >= Self.graceMilliseconds: 4
        case .responding where !isWriter && now - bodyStarted >= Self.graceMilliseconds: 5
        default: nil
        }
    }

    /// Neither the body of a quick client nor a read takes longer, unless its owner asks for too much at once.
    private static let graceMilliseconds: Int64 = 1_000

    /// Makes room at the connection limit: is no longer counted, and ends.
    func giveWay(_ loop: EventLoop) {
        guard case .known = authState else { return }
        loop.limiter.leave(authState)
        loop.limiter.countRefusal()
        authState = .dismissed
        guard phase != .lingering else { return close(loop) }
        guard !isSending, loop.dismissedCount < loop.dismissedMax else { return abort(loop) }
        isLeaving = true
        loop.dismissedCount += 1
        if phase == .streaming { bye("full", loop) } else { refuse(.gaveWay, loop) }
        run(loop)
    }
}
