/// What one kind of entry says and what it does to the state: one struct a kind, in a file of its own.
///
/// What `write(to:)` writes is hashed (docs/chain.md), so a field is never renamed or moved there; `init(from:)` reads the same fields.
/// There is no default for `event` and `apply`: the compiler asks each kind for both.
public protocol EntryPayload<State>: Sendable {
    associatedtype State: Aggregate
    /// The name under which the journal holds the kind. Unique within the aggregate, and never changed.
    static var kind: EntryKind { get }
    /// The event that an entry of the kind is for webhooks and streams.
    static var event: EventType { get }
    /// Whether what it does to the state lasts. Of kinds that say no a start reads the last entry alone; the partial index
    /// `entries_shaping` names them too.
    static var shapesState: Bool { get }
    /// Whether the service writes it of its own accord; such an entry is no sign of life.
    static var isAutomatic: Bool { get }

    /// Whether a correction may name an entry of the kind.
    static var isCorrectable: Bool { get }

    init(from fields: FieldReader) throws(FieldError)
    func write(to fields: inout FieldWriter)
    /// Changes the state, and says whether a reader of the state sees it. Takes no clock and no configuration.
    func apply(to state: inout State, at place: Place) -> Bool

    /// The entry of the same stream that it says something about, by seq; it is shown with that one.
    var amends: Int? { get }
    /// Whether the kind is known and something in it is not, so that the state lacks what it says.
    var isOfNewerVersion: Bool { get }
    /// The event of this very entry; only nags differ among themselves.
    var event: EventType { get }
    /// Events that the change of state causes beside the entry's own.
    func sideEvents(from before: State?, to after: State) -> [EventType]
    /// Event types of which the deliveries still queued for this stream are worthless after this entry.
    func outdates(from before: State, to after: State) -> [EventType]
}

extension EntryPayload {
    public static var shapesState: Bool { true }
    public static var isAutomatic: Bool { false }
    public static var isCorrectable: Bool { true }
    public var amends: Int? { nil }
    public var isOfNewerVersion: Bool { false }
    public var event: EventType { Self.event }
    public func sideEvents(from before: State?, to after: State) -> [EventType] { [] }
    public func outdates(from before: State, to after: State) -> [EventType] { [] }
}

/// The name of an entry's kind as stored. Any text: a newer version may have written it.
public struct EntryKind: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}
