/// A stream of server-sent events that follows the response head until either side closes.
///
/// The server stores only the client's position, no events. It asks the responder for the next slice (`Responder.events`) each time the
/// client has taken everything before. So ten thousand clients cost little more than their sockets, and a slow client delays no one.
public struct EventStream: Sendable {
    public var channel: EventChannel
    /// Id of the last event the client has seen.
    public var after: Int
    /// Event text sent before the first event.
    public var preface: [UInt8]
    /// Owner of the credentials, so that the stream can be ended when they are revoked.
    public var owner: String
    /// Released when the stream ends, which ends the permit of a stream limiter.
    public var permit: (any AnyObject & Sendable)?

    public init(
        channel: EventChannel, after: Int, preface: [UInt8], owner: String,
        permit: (any AnyObject & Sendable)?
    ) {
        self.channel = channel
        self.after = after
        self.preface = preface
        self.owner = owner
        self.permit = permit
    }
}

/// The events a client subscribes to.
public struct EventChannel: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        case all
        /// Events of one stream, by the number that the responder assigned.
        case one(Int)
    }

    public var source: Source
    /// Whether it leaves out what the responder does not show to everyone.
    public var isRestricted: Bool

    public init(_ source: Source, isRestricted: Bool) {
        self.source = source
        self.isRestricted = isRestricted
    }
}

/// Consecutive events of a channel, as event text.
public struct EventSlice: Sendable {
    /// At most about 64 KiB; empty if the client is shown none of the events.
    public var text: [UInt8]
    /// Id of the last event.
    public var last: Int
    /// Whether the stream ends after it: it has become one that does not exist for the client.
    public var isLast: Bool

    public init(text: [UInt8], last: Int, isLast: Bool = false) {
        self.text = text
        self.last = last
        self.isLast = isLast
    }
}
