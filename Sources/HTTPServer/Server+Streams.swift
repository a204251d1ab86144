import HTTP

/// Server-sent events. Any thread; never blocks.
extension Server {
    public var streamCount: Int {
        loops.reduce(0) { $0 + $1.streamCount.load(ordering: .relaxed) }
    }

    /// Reports new events in channels. The server asks the responder for them, once for all subscribers at the same position.
    public func announceNews(in channels: some Collection<EventChannel>) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.post(news: channels)
        }
    }

    /// Sends an event without an id to the current subscribers of channels. It is not replayed.
    public func send(notice text: [UInt8], on channels: [EventChannel]) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { loop in
                for channel in channels { loop.begin(notice: text, on: channel) }
                loop.poller.wake()
            }
        }
    }

    /// Ends the streams whose owner's credentials are no longer valid.
    public func endStreams(unless isGood: @escaping @Sendable (_ owner: String) -> Bool) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { $0.endStreams(unless: isGood) }
        }
    }
}
