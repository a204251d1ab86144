import Time

/// Where an entry stands in its stream, and what every kind has.
public struct Place: Sendable, Equatable {
    /// 1…n within the stream, gapless.
    public var seq: Int
    public var author: Person
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    public var visibility: Visibility

    public init(
        seq: Int, author: Person, occurredAt: Timestamp, recordedAt: Timestamp, visibility: Visibility
    ) {
        self.seq = seq
        self.author = author
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.visibility = visibility
    }
}

/// An entry as a rule proposes it: everything but its place.
public struct NewEntry<State: Aggregate>: Sendable {
    /// The number of another stream than the one that was asked about; `nil` for that one.
    public var number: Int?
    public var payload: any EntryPayload<State>
    /// The same for a person to read.
    public var text: String
    public var occurredAt: Timestamp
    public var visibility: Visibility
    /// The message elsewhere that it came from.
    public var source: Source?
    /// Data that a client sent beside the fields of the payload: one compact JSON object, stored as sent.
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

/// What a stream's journal may hold only once.
public enum DedupKey: Sendable, Equatable {
    /// A name that the rule makes: what a nag is about, its deadline and its number (invariant I7).
    case name(String)
    /// A message of another system; stored as a digest, as its words may be erased.
    case source(system: String, ref: String)
}

/// The message elsewhere that an entry came from; unique per stream.
public struct Source: Sendable, Equatable {
    /// Which system: `slack`.
    public var system: String
    /// The message in it.
    public var ref: String
    /// Where to read it.
    public var url: String?

    public init(system: String, ref: String, url: String?) {
        self.system = system
        self.ref = ref
        self.url = url
    }
}

/// Who may see an entry.
public enum Visibility: String, CaseIterable, Sendable {
    /// The team alone; it reaches no public view or draft (invariant I10).
    case `internal`
    /// Everyone.
    case `public`
}
