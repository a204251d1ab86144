/// One kind of entry: its fields and its effect on the state. One struct per kind, in a file of its own.
///
/// The output of `write(to:)` is hashed (docs/chain.md), so its fields must never be renamed or reordered; `init(from:)` reads the same
/// fields. `event` and `apply` have no default, so that each kind must define them.
public protocol EntryPayload<State>: Sendable {
    associatedtype State: Aggregate
    /// The kind's name in the journal. Unique within the aggregate, and immutable.
    static var kind: EntryKind { get }
    /// The event type of an entry of this kind, for webhooks and streams.
    static var event: EventType { get }
    /// Whether its effect on the state lasts. Of the kinds that return `false`, startup reads only the last entry; the partial index
    /// `entries_shaping` lists them too.
    static var shapesState: Bool { get }
    /// Whether the service writes it by itself; such an entry does not count as activity.
    static var isAutomatic: Bool { get }
    /// Whether such an entry by that person moves the work on `state` forward.
    static func isProgress(on state: State, by author: Person) -> Bool

    /// Whether a correction may refer to an entry of this kind.
    static var isCorrectable: Bool { get }

    init(from fields: FieldReader) throws(FieldError)
    func write(to fields: inout FieldWriter)
    /// Applies the entry. Returns whether a reader of the state sees a change. Takes no clock and no configuration.
    func apply(to state: inout State, at place: Place) -> Bool

    /// The seq of the entry in the same stream that this one amends, and is shown with.
    var amends: Int? { get }
    /// Whether the kind is known but part of its content is not, so that the state is incomplete.
    var isOfNewerVersion: Bool { get }
    /// The event type of this entry; differs from the static one for nags only.
    var event: EventType { get }
    /// Further events of the entry; `state` is the state as of it, and `seq` its seq.
    func sideEvents(on state: State, at seq: Int) -> [EventType]
    /// Event types whose queued deliveries for this stream are superseded by this entry.
    func outdates(from before: State, to after: State) -> [EventType]
    /// Event types whose queued deliveries for this stream are replaced by new ones, because other people are to get them now.
    func readdresses(from before: State, to after: State) -> [EventType]
}

extension EntryPayload {
    public static var shapesState: Bool { true }
    public static var isAutomatic: Bool { false }
    public static func isProgress(on state: State, by author: Person) -> Bool { false }
    public static var isCorrectable: Bool { true }
    public var amends: Int? { nil }
    public var isOfNewerVersion: Bool { false }
    public var event: EventType { Self.event }
    public func sideEvents(on state: State, at seq: Int) -> [EventType] { [] }
    public func outdates(from before: State, to after: State) -> [EventType] { [] }
    public func readdresses(from before: State, to after: State) -> [EventType] { [] }

    /// All event types of the entry; the first that a webhook subscribes to is the type of its delivery.
    public func events(on state: State, at seq: Int) -> [EventType] {
        let types = [event] + sideEvents(on: state, at: seq)
        return types == [.unannounced] ? [] : types
    }
}

/// An entry kind's name as stored. Any text, because a newer version may have written it.
public struct EntryKind: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}
