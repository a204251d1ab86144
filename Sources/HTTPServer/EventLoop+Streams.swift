import HTTP

/// The subscribers of one channel on one loop.
final class Topic {
    /// Event text as a chunk, and bare for HTTP/1.0. Built once for all subscribers.
    struct Bytes {
        let chunk: [UInt8]
        let bare: [UInt8]

        init(_ text: [UInt8]) {
            bare = text
            // An empty chunk would end the body.
            guard !text.isEmpty else {
                chunk = []
                return
            }
            var chunk: [UInt8] = []
            chunk.reserveCapacity(text.count + 16)
            ResponseSerializer.append(chunk: text, to: &chunk)
            self.chunk = chunk
        }

        func framed(for subscription: Subscription) -> [UInt8] { subscription.isChunked ? chunk : bare }
    }

    let channel: EventChannel
    var subscribers: [ConnectionKey] = []
    /// The highest event id sent to any subscriber.
    private(set) var newest = 0
    /// Whether a queued fan-out has not begun yet and will reach all subscribers.
    var isFanOutPending = false
    /// The last slice built, shared by all subscribers at its start position.
    private var slice: (after: Int, last: Int, bytes: Bytes)?
    /// Whether the stream has ended for its subscribers.
    private(set) var isOver = false
    /// The id after which there was nothing, in the current fan-out: most subscribers ask for the same id.
    private var end: Int?

    init(channel: EventChannel) {
        self.channel = channel
    }

    /// The next slice of a subscriber; built once for all at the same position.
    func slice(for subscription: Subscription, _ responder: any Responder) -> (bytes: [UInt8], last: Int)? {
        if let slice, slice.after == subscription.last {
            return (slice.bytes.framed(for: subscription), slice.last)
        }
        if end == subscription.last { return nil }
        guard let next = responder.events(of: channel, after: subscription.last) else {
            end = subscription.last
            return nil
        }
        isOver = next.isLast
        let bytes = Bytes(next.text)
        slice = (subscription.last, next.last, bytes)
        newest = max(newest, next.last)
        return (bytes.framed(for: subscription), next.last)
    }

    /// Cleared between fan-outs: words are not kept longer than needed, and the end may have moved.
    func forget() {
        slice = nil
        end = nil
    }
}

/// One fan-out pass. Iterates backwards because removal swaps in the last, already served, subscriber.
struct FanOut {
    let topic: Topic
    /// Subscribers still to be served; `nil` before the start.
    var left: Int?
    /// The notice to send; `nil` to send the channel's new events.
    var notice: Topic.Bytes?
}

/// Fan-out of events to subscribers, in portions, so that requests are served between.
extension EventLoop {
    /// Subscribers served per round.
    static let subscribersPerRound = 64
    /// Upper bound of the events a slow client may lag behind; then it is disconnected. It resumes with `Last-Event-ID`.
    static let lagMax = 1_000
    /// Upper bound of queued fan-outs; further notices are dropped, because a notice is a hint without an id.
    private static let fanOutsMax = 1_024

    /// The topic of a channel. A topic is removed with its last subscriber.
    func topic(of channel: EventChannel) -> Topic {
        if let topic = topics[channel] { return topic }
        let topic = Topic(channel: channel)
        topics[channel] = topic
        return topic
    }

    /// Adds a subscriber.
    func enter(_ subscription: Subscription, _ key: ConnectionKey) {
        let topic = subscription.topic
        subscription.place = topic.subscribers.count
        topic.subscribers.append(key)
        streamCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// Removes a subscriber: swaps in the last one.
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

    /// Queues a fan-out of new events in a channel.
    func beginFanOut(in channel: EventChannel) {
        guard let topic = topics[channel], !topic.isFanOutPending else { return }
        topic.isFanOutPending = true
        fanOuts.append(FanOut(topic: topic))
    }

    /// Queues a notice for a channel. A subscriber with unsent bytes misses it.
    func begin(notice text: [UInt8], on channel: EventChannel) {
        guard let topic = topics[channel], fanOuts.count < EventLoop.fanOutsMax else { return }
        fanOuts.append(FanOut(topic: topic, notice: Topic.Bytes(text)))
    }

    /// Serves some subscribers; `true` while more are left.
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

    /// Ends the streams whose owner's credentials are no longer valid.
    func endStreams(unless isValid: (_ owner: String) -> Bool) {
        for connection in connections {
            guard let connection, let subscription = connection.subscription, !isValid(subscription.owner)
            else { continue }
            connection.finishStream(self)
            connection.run(self)
        }
    }
}
