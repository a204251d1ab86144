import Glibc
import HTTP

/// Stream state of a connection: the client's position, but no events.
final class Subscription {
    let topic: Topic
    let owner: String
    let isChunked: Bool
    private let permit: (any AnyObject & Sendable)?
    /// Id of the last event that was sent or is queued in `out`.
    var last: Int
    /// Index among the topic's subscribers.
    var place = 0
    /// When the next keep-alive is due, in the loop's milliseconds.
    var keepAliveDue: Int64

    init(_ stream: EventStream, topic: Topic, isChunked: Bool, keepAliveDue: Int64) {
        self.topic = topic
        owner = stream.owner
        last = stream.after
        permit = stream.permit
        self.isChunked = isChunked
        self.keepAliveDue = keepAliveDue
    }
}

/// Server-sent events on a connection. The client gets the next slice whenever it has taken everything before (backpressure by pull).
extension Connection {
    /// Slices per round: 256 KiB.
    private static let slicesMax = 4
    /// Send buffer of a stream's socket, an upper bound of what the kernel buffers for a slow client. The kernel doubles the value.
    private static let sendBufferBytes: Int32 = 131_072
    /// Range of the `retry` field, in milliseconds. Random, so that ten thousand clients do not reconnect at once.
    private static let retryMilliseconds = 2_000...10_000
    private static let retryAfterRestartMilliseconds = 1_000...5_000
    /// How long a slow client may take to read the last event at a restart.
    private static let restartCloseMilliseconds: Int64 = 500

    /// Writes the response head and the opening events, and starts the stream.
    func open(_ response: Response, _ stream: EventStream, for head: Head, _ loop: EventLoop) {
        let isChunked = !head.isHTTP10
        let isWritten = write(
            response, to: head, id: head.id, isHead: false, persistence: .closing,
            framing: isChunked ? .chunked : .close,
            loop)
        self.head = nil
        ticket = nil
        guard isWritten else {
            phase = .closing
            return
        }
        var size = Connection.sendBufferBytes
        _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        // Random within the interval, so that clients that connected together are not served together for ever.
        let firstKeepAlive = Int64.random(in: 1...max(1, loop.timeouts.streamKeepAlive))
        let subscription = Subscription(
            stream, topic: loop.topic(of: stream.channel), isChunked: isChunked,
            keepAliveDue: loop.now + firstKeepAlive
        )
        var opening: [UInt8] = []
        EventText.append(retryMilliseconds: .random(in: Connection.retryMilliseconds), to: &opening)
        opening += stream.preface
        append(opening, of: subscription)
        self.subscription = subscription
        phase = .streaming
        // Request state is freed for the hours a stream may last.
        parser = nil
        admitted = nil
        unread = []
        unreadStart = 0
        loop.enter(subscription, key)
        if loop.isDraining { closeForRestart(loop) }
    }

    /// Sends slices while the client takes them.
    func pump(_ loop: EventLoop) {
        guard let subscription else { return }
        for _ in 0..<Connection.slicesMax {
            guard phase == .streaming, !isSending,
                let slice = subscription.topic.slice(for: subscription, loop.responder)
            else { return }
            subscription.last = slice.last
            if !slice.bytes.isEmpty { hand(slice.bytes, loop) }
            if subscription.topic.isOver {
                finishStream(loop)
                return loop.runAgain(key)
            }
        }
        if phase == .streaming, !isSending { loop.runAgain(key) }
    }

    /// Sends bytes shared with other subscribers, unless the client still has unsent bytes.
    func hand(_ bytes: [UInt8], _ loop: EventLoop) {
        guard !isSending else { return }
        out = bytes
        outStart = 0
        flush(loop)
        guard isSending, !weighResponse(0, loop) else { return }
        // Its client resumes with `Last-Event-ID`.
        loop.log("http.stream_dropped", [("bytes_unread", "\(out.count - outStart)")])
        abort(loop)
    }

    /// Sends a keep-alive. Skipped for a client that has not taken the last one.
    func sendKeepAlive(_ loop: EventLoop) {
        guard let subscription else { return }
        subscription.keepAliveDue = loop.now + loop.timeouts.streamKeepAlive
        hand(subscription.isChunked ? Connection.keepAliveChunk : EventText.keepAlive, loop)
    }

    /// Ends the stream with a `bye` event at a restart. The client reconnects after a random delay.
    func closeForRestart(_ loop: EventLoop) {
        bye("restart", loop)
    }

    /// Ends the stream with a `bye` event. `reason` is a plain word.
    func bye(_ reason: String, _ loop: EventLoop) {
        guard let subscription, phase == .streaming else { return }
        var text: [UInt8] = []
        EventText.append(retryMilliseconds: .random(in: Connection.retryAfterRestartMilliseconds), to: &text)
        EventText.append("bye", id: nil, data: Array("{\"reason\":\"\(reason)\"}".utf8), to: &text)
        append(text, of: subscription)
        // A drain does not wait for stream clients. Cutting one that does not read or close loses no request, because it sends none.
        writeDeadline = loop.now + Connection.restartCloseMilliseconds
        hasFinished = true
        finishStream(loop)
    }

    /// Ends the stream; queued bytes are still sent.
    func finishStream(_ loop: EventLoop) {
        guard let subscription, phase == .streaming else { return }
        if subscription.isChunked { out.append(contentsOf: ResponseSerializer.lastChunk) }
        loop.leave(subscription)
        self.subscription = nil
        endWait(loop)
        phase = .closing
    }

    private func append(_ text: [UInt8], of subscription: Subscription) {
        if subscription.isChunked {
            ResponseSerializer.append(chunk: text, to: &out)
        } else {
            out.append(contentsOf: text)
        }
    }

    private static let keepAliveChunk: [UInt8] = {
        var chunk: [UInt8] = []
        ResponseSerializer.append(chunk: EventText.keepAlive, to: &chunk)
        return chunk
    }()
}
