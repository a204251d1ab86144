/// What follows an answer's head for as long as both sides stay: the events of a channel, as they come.
///
/// The server holds no events for a listener, only how far it has come; it asks the responder for what is next
/// (`Responder.events`) each time the client has taken all it was sent. So ten thousand listeners cost little more
/// than their sockets, and a slow one holds nobody up.
public struct EventStream: Sendable {
    public var channel: EventChannel
    /// The id of the last event that the client has seen.
    public var after: Int
    /// What it is sent before them, as event text.
    public var preface: [UInt8]
    /// Whose credentials it came with, so that it can be ended with them.
    public var owner: String
    /// Let go when the stream ends: whoever counts streams learns of the end by it.
    public var permit: (any AnyObject & Sendable)?

    /// A stream of the events after one.
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

/// Which events a listener wants.
public enum EventChannel: Hashable, Sendable {
    case all
    /// Those of one stream, by the number that the responder gave it.
    case one(Int)
}

/// Some events of a channel, in order and one behind the other, as event text.
public struct EventSlice: Sendable {
    /// The bytes, about 64 KiB at most.
    public var text: [UInt8]
    /// The id of the last one.
    public var last: Int

    /// Those events, up to that id.
    public init(text: [UInt8], last: Int) {
        self.text = text
        self.last = last
    }
}
