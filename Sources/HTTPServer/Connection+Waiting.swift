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

    /// What is lost when a connection makes room for another owner's, the least first. Nothing is lost with one that lingers, nor with a
    /// stream, whose client resumes. The last two get a 503, and nothing was written.
    enum Loss: Int, Comparable {
        case lingering, idle, stream, longPoll, unreadResponse, slowRequest, begunRequest

        static func < (left: Loss, right: Loss) -> Bool { left.rawValue < right.rawValue }
    }

    /// What is lost when the connection makes room; `nil` if it does not: a complete request is worth more than a new connection, unless
    /// it is a read that takes long. An owner's complete requests are at most a quarter of the places, so one with more has others.
    func lossIfClosed(at now: Int64) -> Loss? {
        switch phase {
        case .lingering: .lingering
        case _ where isIdle: .idle
        case .streaming: .stream
        case .responding where isPolling: .longPoll
        case _ where isSending: .unreadResponse
        case .reading: now - requestBegan(at: now) >= Self.graceMilliseconds ? .slowRequest : .begunRequest
        case .responding where !isWriter && now - bodyStarted >= Self.graceMilliseconds: .slowRequest
        default: nil
        }
    }

    private func requestBegan(at now: Int64) -> Int64 {
        parser?.stage == .body ? bodyStarted : headStarted ?? now
    }

    /// Neither the body of a quick client nor a read takes longer, unless its owner asks for too much at once.
    private static let graceMilliseconds: Int64 = 1_000

    /// Makes room at the connection limit: is no longer counted, and ends. `false` if it turned out to be in the middle of a request.
    func giveWay(_ loop: EventLoop) -> Bool {
        if isIdle {
            // Its next request may be in the socket's buffer already.
            isReadable = true
            run(loop)
        }
        guard case .known = authState, lossIfClosed(at: loop.now) != nil else { return phase == .closed }
        guard phase != .lingering, !isIdle else {
            close(loop)
            return true
        }
        loop.limiter.leave(authState)
        loop.limiter.countRefusal()
        authState = .dismissed
        guard !isSending, loop.dismissedCount < loop.dismissedMax else {
            abort(loop)
            return true
        }
        isLeaving = true
        loop.dismissedCount += 1
        if phase == .streaming { bye("full", loop) } else { refuse(.gaveWay, loop) }
        run(loop)
        return true
    }
}
