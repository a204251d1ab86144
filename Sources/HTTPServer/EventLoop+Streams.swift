import HTTP

/// Those who listen to one channel on one loop.
final class Topic {
    /// Event text, framed as a chunk, and bare for HTTP/1.0: made once for all who are sent it.
    struct Bytes {
        let chunk: [UInt8]
        let bare: [UInt8]

        init(_ text: [UInt8]) {
            bare = text
            var chunk: [UInt8] = []
            chunk.reserveCapacity(text.count + 16)
            ResponseSerializer.append(chunk: text, to: &chunk)
            self.chunk = chunk
        }

        func framed(for subscription: Subscription) -> [UInt8] { subscription.isChunked ? chunk : bare }
    }

    let channel: EventChannel
    var subscribers: [ConnectionKey] = []
    /// The last id that anybody was given.
    private(set) var newest = 0
    /// Whether a fan-out that has not begun yet will come by all of them.
    var isFanOutPending = false
    /// The slice that was made last, for all who stand where it begins.
    private var slice: (after: Int, last: Int, bytes: Bytes)?
    /// The id behind which there was nothing, in the fan-out that is under way: most subscribers ask for that, too.
    private var end: Int?

    init(channel: EventChannel) {
        self.channel = channel
    }

    /// What is next for a subscriber; made once for all who stand at the same place.
    func slice(for subscription: Subscription, _ responder: any Responder) -> (bytes: [UInt8], last: Int)? {
        if let slice, slice.after == subscription.last {
            return (slice.bytes.framed(for: subscription), slice.last)
        }
        if end == subscription.last { return nil }
        guard let next = responder.events(of: channel, after: subscription.last) else {
            end = subscription.last
            return nil
        }
        let bytes = Bytes(next.text)
        slice = (subscription.last, next.last, bytes)
        newest = max(newest, next.last)
        return (bytes.framed(for: subscription), next.last)
    }

    /// Between fan-outs nothing is remembered: words are not kept longer than they are needed, and the end may have moved.
    func forget() {
        slice = nil
        end = nil
    }
}

/// One walk past the subscribers of a topic, from the last to the first: when one leaves, the last one takes its place,
/// and that has been served.
struct FanOut {
    let topic: Topic
    /// How many subscribers are still to be served; `nil` before it began.
    var left: Int?
    /// What each is sent; `nil` for what is next in the channel.
    var notice: Topic.Bytes?
}

/// Events to those who listen, some subscribers at a time, so that requests have their turns between.
extension EventLoop {
    /// Subscribers served before other events have their turn.
    static let subscribersPerRound = 64
    /// Events that a client which does not take what it was sent may fall behind; then it is dropped. `Last-Event-ID` brings it back.
    static let lagMax = 1_000
    /// Fan-outs that wait; a notice beyond is dropped: it is a hint without an id.
    private static let fanOutsMax = 1_024

    /// The topic of a channel; a new one goes with its last subscriber.
    func topic(of channel: EventChannel) -> Topic {
        if let topic = topics[channel] { return topic }
        let topic = Topic(channel: channel)
        topics[channel] = topic
        return topic
    }

    /// Takes a listener in.
    func enter(_ subscription: Subscription, _ key: ConnectionKey) {
        let topic = subscription.topic
        subscription.place = topic.subscribers.count
        topic.subscribers.append(key)
        streamCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// Lets a listener go.
    func leave(_ subscription: Subscription) {
        streamCount.wrappingSubtract(1, ordering: .relaxed)
        let topic = subscription.topic
        guard let last = topic.subscribers.popLast() else { return }
        if subscription.place < topic.subscribers.count {
            topic.subscribers[subscription.place] = last
            connection(last)?.subscription?.place = subscription.place
        }
        if topic.subscribers.isEmpty { topics[topic.channel] = nil }
    }

    /// Begins to serve those who listen to a channel with what is new there.
    func beginFanOut(in channel: EventChannel) {
        guard let topic = topics[channel], !topic.isFanOutPending else { return }
        topic.isFanOutPending = true
        fanOuts.append(FanOut(topic: topic))
    }

    /// Begins to send those who listen to a channel a notice; whoever has not taken what came before misses it.
    func begin(notice text: [UInt8], on channel: EventChannel) {
        guard let topic = topics[channel], fanOuts.count < EventLoop.fanOutsMax else { return }
        fanOuts.append(FanOut(topic: topic, notice: Topic.Bytes(text)))
    }

    /// Serves some subscribers; `true` while there are more.
    func runFanOuts() -> Bool {
        var budget = EventLoop.subscribersPerRound
        while budget > 0, var fanOut = fanOuts.first {
            if fanOut.left == nil, fanOut.notice == nil {
                fanOut.topic.isFanOutPending = false
                fanOut.topic.forget()
            }
            var left = fanOut.left ?? fanOut.topic.subscribers.count
            while left > 0, budget > 0 {
                // Subscribers may have left since the last round, or while another one was served.
                left = min(left, fanOut.topic.subscribers.count) - 1
                budget -= 1
                if left >= 0 { serve(fanOut.topic.subscribers[left], in: fanOut) }
            }
            if left > 0 {
                fanOut.left = left
                fanOuts[0] = fanOut
            } else {
                fanOuts.removeFirst()
                fanOut.topic.forget()
            }
        }
        return !fanOuts.isEmpty
    }

    private func serve(_ key: ConnectionKey, in fanOut: FanOut) {
        guard let connection = connection(key), let subscription = connection.subscription else { return }
        if let notice = fanOut.notice {
            connection.hand(notice.framed(for: subscription), self)
        } else if !connection.isSending {
            connection.pump(self)
        } else if fanOut.topic.newest - subscription.last > EventLoop.lagMax {
            log("http.stream_dropped", [("events_behind", "\(fanOut.topic.newest - subscription.last)")])
            connection.abort(self)
        }
        connection.updateDeadline(self)
    }

    /// Ends the streams of those whose credentials are no longer good.
    func endStreams(unless isGood: (_ owner: String) -> Bool) {
        for connection in connections {
            guard let connection, let subscription = connection.subscription, !isGood(subscription.owner)
            else { continue }
            connection.finishStream(self)
            connection.run(self)
        }
    }
}
