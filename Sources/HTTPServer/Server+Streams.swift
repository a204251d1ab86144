import HTTP

/// What the service tells those who listen to streams. Any thread; never blocks.
extension Server {
    /// How many streams are open.
    public var streamCount: Int {
        loops.reduce(0) { $0 + $1.streamCount.load(ordering: .relaxed) }
    }

    /// Says that there is something new in channels: the server asks the responder for it, once for all who listen.
    public func announceNews(in channels: some Collection<EventChannel>) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.post(news: channels)
        }
    }

    /// Sends an event without an id to those who listen to channels now, and to nobody later.
    public func send(notice text: [UInt8], on channels: [EventChannel]) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { loop in
                for channel in channels { loop.begin(notice: text, on: channel) }
                loop.poller.wake()
            }
        }
    }

    /// Ends the streams whose owner is not valid any more.
    public func endStreams(unless isGood: @escaping @Sendable (_ owner: String) -> Bool) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { $0.endStreams(unless: isGood) }
        }
    }
}
