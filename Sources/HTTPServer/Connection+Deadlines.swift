import HTTP

extension Connection {
    /// When `expire` is due, in the loop's milliseconds.
    func deadline(_ loop: EventLoop) -> Int64 {
        let sending = sendingDeadline(loop)
        switch phase {
        case .reading: return isSending ? sending : min(readingDeadline(loop), handoverDeadline(loop))
        case .responding: return min(sending, handlerDeadline)
        case .streaming: return isSending ? sending : subscription?.keepAliveDue ?? .max
        case .closing: return sending
        case .lingering: return lingeringDeadline
        case .closed: return .max
        }
    }

    private func sendingDeadline(_ loop: EventLoop) -> Int64 {
        guard isSending else { return .max }
        guard loop.retained != nil else { return writeDeadline ?? .max }
        return min(writeDeadline ?? .max, loop.drainingSince + EventLoop.handoverMilliseconds)
    }

    /// When an incomplete request is no longer waited for: at an in-place restart everybody waits for it.
    private func handoverDeadline(_ loop: EventLoop) -> Int64 {
        guard loop.retained != nil, parser?.stage == .head || parser?.stage == .body else { return .max }
        guard case .known = authState else {
            return loop.drainingSince + EventLoop.handoverStrangerMilliseconds
        }
        return loop.drainingSince + EventLoop.handoverMilliseconds
    }

    private func readingDeadline(_ loop: EventLoop) -> Int64 {
        let timeouts = loop.timeouts
        guard let parser else { return .max }
        switch parser.stage {
        case .idle:
            let usual = idleSince + (requests == 0 ? timeouts.firstByte : timeouts.keepAlive)
            guard loop.isDraining else { return usual }
            let draining = loop.drainingIdleDeadline
            let isNew = requests == 0
            return min(usual, isNew ? max(draining, idleSince + EventLoop.drainingNewMilliseconds) : draining)
        case .head:
            // Absolute, not reset by received bytes: protects against slow clients (slow-loris attack).
            let started = headStarted ?? loop.now
            headStarted = started
            return started + timeouts.headers
        case .body:
            if parser.bodyBytesTaken != bodyBytes {
                bodyBytes = parser.bodyBytesTaken
                bodyProgressed = loop.now
            }
            let earned = Int64(bodyBytes) * 1_000 / timeouts.bodyBytesPerSecondMin
            // A body that came quickly at first has earned at most `bodyTotal`.
            return min(
                bodyProgressed + timeouts.bodyIdle,
                bodyStarted + min(timeouts.bodyIdle + earned, timeouts.bodyTotal))
        case .failed: return loop.now
        }
    }

    /// Handles a passed deadline.
    func expire(_ loop: EventLoop) {
        if sendingDeadline(loop) <= loop.now {
            abort(loop)
            return
        }
        switch phase {
        case .reading where handoverDeadline(loop) <= loop.now: refuse(.restarting, loop)
        case .reading where parser?.stage != .idle: refuse(.requestTimeout, loop)
        case .responding:
            loop.log("http.handler_timed_out", [("request_id", head?.id ?? "")])
            refuse(ticket.map { loop.responder.expire(ticket: $0) } ?? .overloaded, loop)
        case .streaming: sendKeepAlive(loop)
        case .reading, .closing, .lingering, .closed:
            close(loop)
            return
        }
        run(loop)
    }
}
