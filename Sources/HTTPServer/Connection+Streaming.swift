import Glibc
import HTTP

/// What a connection knows of the stream it carries: how far the client has come, and no events.
final class Subscription {
    let topic: Topic
    let owner: String
    let isChunked: Bool
    private let permit: (any AnyObject & Sendable)?
    /// The id of the last event that was handed to the socket or waits for it.
    var last: Int
    /// Its place among the subscribers of its topic.
    var place = 0
    /// When the next sign of life is due, in the loop's milliseconds.
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

/// A connection whose answer is a stream: it gets what is next as often as it has taken all that came before.
extension Connection {
    /// Slices before others have their turn: 256 KiB.
    private static let slicesMax = 4
    /// What the kernel keeps for a client that does not read; it doubles it.
    private static let sendBufferBytes: Int32 = 131_072
    /// When a client is told to come back, in milliseconds: spread out, so that ten thousand do not come at once.
    private static let retryMilliseconds = 2_000...10_000
    private static let retryAfterRestartMilliseconds = 1_000...5_000
    /// How long a client that has fallen behind may take to read the last event.
    private static let restartCloseMilliseconds: Int64 = 500

    /// Writes a stream's head and preface, and lets it begin.
    func open(_ response: Response, _ stream: EventStream, for head: Head, _ loop: EventLoop) {
        let isChunked = !head.isHTTP10
        let isWritten = write(
            response, id: head.id, isHead: false, persistence: .closing,
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
        // The first sign of life at any moment within the interval: those who came together are not served together for ever.
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
        // What a request needs is not kept for the hours that a stream lasts.
        parser = nil
        admitted = nil
        unread = []
        unreadStart = 0
        loop.enter(subscription, key)
        if loop.isDraining { closeForRestart(loop) }
    }

    /// Sends what is next, as long as the client takes it.
    func pump(_ loop: EventLoop) {
        guard let subscription else { return }
        for _ in 0..<Connection.slicesMax {
            guard phase == .streaming, !isSending,
                let slice = subscription.topic.slice(for: subscription, loop.responder)
            else { return }
            subscription.last = slice.last
            hand(slice.bytes, loop)
        }
        if phase == .streaming, !isSending { loop.runAgain(key) }
    }

    /// Sends bytes that others are sent too, unless something else still waits for the client.
    func hand(_ bytes: [UInt8], _ loop: EventLoop) {
        guard !isSending else { return }
        out = bytes
        outStart = 0
        flush(loop)
    }

    /// A sign of life; whoever does not take the last one gets no other.
    func sendKeepAlive(_ loop: EventLoop) {
        guard let subscription else { return }
        subscription.keepAliveDue = loop.now + loop.timeouts.streamKeepAlive
        hand(subscription.isChunked ? Connection.keepAliveChunk : EventText.keepAlive, loop)
    }

    /// Ends the stream in words: the client comes back after a while, each after another one.
    func closeForRestart(_ loop: EventLoop) {
        guard let subscription, phase == .streaming else { return }
        var text: [UInt8] = []
        EventText.append(retryMilliseconds: .random(in: Connection.retryAfterRestartMilliseconds), to: &text)
        EventText.append("bye", id: nil, data: Array(#"{"reason":"restart"}"#.utf8), to: &text)
        append(text, of: subscription)
        // A drain waits for nobody who listens: one that takes nothing is cut, and one that does not close takes no harm from it, for it
        // sends nothing either.
        writeDeadline = loop.now + Connection.restartCloseMilliseconds
        hasFinished = true
        finishStream(loop)
    }

    /// Ends the stream; what waits for the client still goes out.
    func finishStream(_ loop: EventLoop) {
        guard let subscription, phase == .streaming else { return }
        if subscription.isChunked { out.append(contentsOf: ResponseSerializer.lastChunk) }
        loop.leave(subscription)
        self.subscription = nil
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
