import Time

/// The metadata that every entry has.
public struct Place: Sendable, Equatable {
    /// 1…n within the stream, gapless.
    public var seq: Int
    /// The entry's opaque id; empty for an entry that is only supposed.
    public var id: String
    public var author: Person
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    public var visibility: Visibility

    public init(
        seq: Int, id: String, author: Person, occurredAt: Timestamp, recordedAt: Timestamp,
        visibility: Visibility
    ) {
        self.seq = seq
        self.id = id
        self.author = author
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.visibility = visibility
    }
}

/// An entry as a rule proposes it, without its place.
public struct NewEntry<State: Aggregate>: Sendable {
    /// The number of another stream that gets the entry; `nil` for the action's own stream.
    public var number: Int?
    public var payload: any EntryPayload<State>
    /// The entry in words, for people.
    public var text: String
    public var occurredAt: Timestamp
    public var visibility: Visibility
    /// The message of another system that the entry came from.
    public var source: Source?
    /// Data that a client sent besides the fields of the payload: one compact JSON object, stored as sent.
    public var rest: [UInt8]
    public var dedupKey: DedupKey?

    public init(
        _ payload: any EntryPayload<State>, _ text: String, at occurredAt: Timestamp, on number: Int? = nil,
        visibility: Visibility = .internal, source: Source? = nil, rest: [UInt8] = [],
        dedupKey: DedupKey? = nil
    ) {
        self.number = number
        self.payload = payload
        self.text = text
        self.occurredAt = occurredAt
        self.visibility = visibility
        self.source = source
        self.rest = rest
        self.dedupKey = dedupKey
    }
}

/// Deduplication key of an entry, unique within its stream.
public enum DedupKey: Sendable, Equatable {
    /// A name built by the rule, such as a nag's topic, deadline and number (invariant I7).
    case name(String)
    /// A message of another system. Stored as a digest, because its words may be erased.
    case source(system: String, ref: String)
}

/// The message of another system that an entry came from; unique per stream.
public struct Source: Sendable, Equatable {
    /// The system: `slack`.
    public var system: String
    /// Identifies the message in the system.
    public var ref: String
    /// Where to read the message.
    public var url: String?

    public init(system: String, ref: String, url: String?) {
        self.system = system
        self.ref = ref
        self.url = url
    }
}

public enum Visibility: String, CaseIterable, Sendable {
    /// The team only; never part of a public view or draft (invariant I10).
    case `internal`
    case `public`
}
