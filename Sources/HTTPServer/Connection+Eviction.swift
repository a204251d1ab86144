import Glibc
import HTTP

extension Connection {
    /// Evicts the connection, unless it was authenticated meanwhile. `isCut` when its descriptor is needed at once.
    func evict(_ loop: EventLoop, isCut: Bool) {
        guard case .unauthenticated = authState, phase != .closed else { return }
        if phase == .reading, !isSending {
            // Its request may be in the socket's buffer already: it is worth more than the silent connections behind it.
            isReadable = true
            run(loop)
            guard case .unauthenticated = authState, phase != .closed else { return }
        }
        authState = .dismissed
        switch phase {
        // A slow client, or one already being closed, cannot read a response.
        case _ where isSending, .closing, .lingering: abort(loop)
        // Between two requests a client expects that the connection may end. Before its first request, or during one, it gets a 503.
        case .reading where isIdle && requests > 0: close(loop)
        default: rejectOverCapacity(loop, isCut: isCut)
        }
    }

    /// Responds with 503 and closes. A limited number linger, so that their clients can read the response; the rest are cut.
    func rejectOverCapacity(_ loop: EventLoop, isCut: Bool) {
        let answer = Self.refusalAtCap(id: loop.requestIDs.next(), product: loop.settings.names.product)
        guard !isCut, loop.dismissedCount < loop.dismissedMax else {
            _ = answer.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            close(loop)
            return
        }
        isLeaving = true
        loop.dismissedCount += 1
        out = answer
        head = nil
        ticket = nil
        phase = .closing
        run(loop)
    }

    /// The 503 at the connection limit. Built without the responder, so that a rejection is cheap.
    private static func refusalAtCap(id: String, product: String) -> [UInt8] {
        let body =
            #"{"type":"/problems/overloaded","title":"Too much waits already","status":503,"#
            + #""detail":"Too many connections are open. Wait as long as Retry-After says, then try again.","#
            + #""request_id":"\#(id)"}"#
        let head = """
            HTTP/1.1 503 Service Unavailable\r
            Server: \(product)\r
            X-Content-Type-Options: nosniff\r
            Content-Type: application/problem+json\r
            Content-Length: \(body.utf8.count)\r
            X-Request-Id: \(id)\r
            Retry-After: 1\r
            Connection: close\r
            \r

            """
        return Array((head + body).utf8)
    }
}
