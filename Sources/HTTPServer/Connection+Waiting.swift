import HTTP

/// Streams and long polls: requests that wait for what may happen, as long as the client likes.
extension Connection {
    /// Whether a client that shuts down sending is gone. A client of a stream or a long poll has nothing more to send, so it means a
    /// disconnect; between two parts of another request it may be a half-close.
    var endsWithClient: Bool { phase == .streaming || phase == .responding && isPolling }

    /// Counts the connection as waiting; `false` when its owner, or all together, have too many.
    func beginWait(_ loop: EventLoop) -> Bool {
        guard wait == nil, case .known(let owner, _) = authState else { return true }
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

    /// Makes room for a connection of another owner. It is no longer counted; its descriptor is free at once, or after the response to a
    /// complete write, which is never cut. A stream gets `bye`, and its client resumes. A read, and a request that has not arrived whole,
    /// gets 503: nothing was written. The limiter has reserved a place among those that end after a response.
    func giveWay(_ loop: EventLoop) {
        guard case .known = authState, phase != .closed else { return loop.limiter.releaseEnding() }
        // If it is still counted, for example because it was found by its idle time.
        loop.limiter.leave(authState)
        authState = .dismissed
        if isIdle {
            // Its next request may be in the socket's buffer already.
            isReadable = true
            run(loop)
        }
        if phase == .responding, isWriter {
            endsAfterResponse = true
            return
        }
        loop.limiter.releaseEnding()
        switch phase {
        case .closed: return
        case .lingering: close(loop)
        case _ where isIdle: close(loop)
        default: end(loop)
        }
    }

    private func end(_ loop: EventLoop) {
        guard !isSending, loop.dismissedCount < loop.dismissedMax else { return abort(loop) }
        isLeaving = true
        loop.dismissedCount += 1
        if phase == .streaming { bye("full", loop) } else { refuse(.gaveWay, loop) }
        run(loop)
    }
}
