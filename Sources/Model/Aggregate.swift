import Time

/// A state that is the fold of a stream's entries.
public protocol Aggregate: Sendable {
    /// Settings of the operator. `decide` writes their effects into entries; `apply` does not see them.
    associatedtype Policy: Sendable
    /// Aggregated counts of the open states, for `/metrics`.
    associatedtype Counts: StateCounts<Self>

    static var code: AggregateCode { get }
    /// All entry kinds of the aggregate.
    static var payloads: [any EntryPayload<Self>.Type] { get }
    /// The same by name.
    static var kinds: Kinds<Self> { get }
    /// The display name: `INC-42`.
    static func ref(_ number: Int) -> String
    /// Refusal of an unknown name, with a remedy.
    static var notFound: Refusal { get }

    /// The state that a first entry opens; `nil` when its kind cannot open a stream.
    init?(opening payload: any EntryPayload<Self>, number: Int, id: String, at place: Place)
    /// Applies the next entry. `payload` is `nil` when its kind does not shape the state; `type` is `nil` when this version does not know
    /// the kind.
    ///
    /// Takes no configuration and no clock, so that the same entries always fold to the same state.
    mutating func apply(
        _ payload: (any EntryPayload<Self>)?, of type: (any EntryPayload<Self>.Type)?, at place: Place)

    var number: Int { get }
    /// The stream's opaque id, part of its hash chain.
    var streamID: String { get }
    /// The seq of the last entry.
    var seq: Int { get }
    /// The seq of the last entry that changed what a reader sees.
    var version: Int { get }
    /// When the last entry was recorded.
    var recordedAt: Timestamp { get }
    /// Whether the state stays in memory; ended states are evicted after a while, once nothing is due on them.
    var isOpen: Bool { get }
    /// The next moment at which the service must act unless someone acts before; `nil` for none.
    var nextAlarmAt: Timestamp? { get }

    /// A kind whose entries replace the whole state, so that a fold may begin with the last of them; `nil` for none. A newer version must
    /// add no kind that outlasts them.
    static var replacingKind: EntryKind? { get }
    /// The kind of `clockCorrection`; `nil` for none.
    static var clockKind: EntryKind? { get }
    /// The entry by which a stream follows a clock that was set back: the only one that may be recorded before its predecessor. `nil` when
    /// nothing of the state depends on the clock.
    func clockCorrection(from: Timestamp, to: Timestamp) -> NewEntry<Self>?
    /// Whether a state that is not open is unknown to clients, such as a deleted document.
    static var hidesEnded: Bool { get }
    /// Whether it does not exist for callers below scope `command`.
    var isConfidential: Bool { get }
    /// Name and version, for messages: `INC-42 is now at version 7`.
    var standing: String { get }

    /// A name besides number and id, unique within the aggregate and immutable; `nil` for none.
    var key: String? { get }

    /// Event types whose queued deliveries for the stream are superseded by an entry that changed `before` to `after`.
    static func outdated(by payload: any EntryPayload<Self>, from before: Self, to after: Self) -> [EventType]
    /// Deadlines of the deliveries of an entry's events.
    func urgency(of payload: any EntryPayload<Self>) -> Urgency
    /// The people whom an entry asks to act; `nil` for an entry that asks no one.
    func peopleAsked(by payload: any EntryPayload<Self>) -> [Person]?
    /// The people whom the last nag of a type asks today, and those whom it asked when it was sent.
    func peopleAsked(byLast type: EventType) -> (today: [Person], then: [Person])
}

/// An aggregate with alarms: moments at which the service acts by itself.
public protocol Alarmed: Aggregate {
    /// The action performed when an alarm is due. It re-evaluates the state.
    static var alarm: any Action<Self> { get }

    /// The deadline of the next action expected from people; overdue once it has passed. `nil` for none.
    var openDeadline: Timestamp? { get }
    /// A deadline to announce in advance; `nil` for none.
    var notice: Notice? { get }
}

extension Aggregate {
    public var key: String? { nil }
    public var nextAlarmAt: Timestamp? { nil }
    public static var replacingKind: EntryKind? { nil }
    public static var hidesEnded: Bool { false }
    public var isConfidential: Bool { false }
    public static var clockKind: EntryKind? { nil }
    public func clockCorrection(from: Timestamp, to: Timestamp) -> NewEntry<Self>? { nil }
    public var standing: String { "\(Self.ref(number)) is now at version \(version)" }

    public static func outdated(
        by payload: any EntryPayload<Self>, from before: Self, to after: Self
    ) -> [EventType] { [] }

    public func urgency(of payload: any EntryPayload<Self>) -> Urgency {
        Urgency(deadline: nil, interval: .zero, replacedAt: nil)
    }

    public func peopleAsked(by payload: any EntryPayload<Self>) -> [Person]? { nil }
    public func peopleAsked(byLast type: EventType) -> (today: [Person], then: [Person]) { ([], []) }

    /// The number of a stream of this aggregate; `nil` for a stream of another.
    public static func number(of stream: StreamID) -> Int? {
        stream.aggregate == code ? stream.number : nil
    }

    /// The display name of a stream; code and number for a stream of another aggregate.
    public static func ref(of stream: StreamID) -> String {
        number(of: stream).map(ref(_:)) ?? stream.description
    }
}

/// Aggregated counts of the open states.
public protocol StateCounts<State>: Sendable {
    associatedtype State
    init()
    /// Adds an open state, or removes it with an amount of -1.
    mutating func add(_ state: State, _ amount: Int)
    /// Counts an open state in the place of the one before it.
    mutating func replace(_ before: State, with after: State)
}

extension StateCounts {
    public mutating func replace(_ before: State, with after: State) {
        add(before, -1)
        add(after, 1)
    }
}

/// A deadline that is announced in advance: an event without an entry, once per webhook.
public struct Notice: Sendable, Equatable {
    public var type: EventType
    /// When to announce it.
    public var at: Timestamp
    public var deadline: Timestamp
    /// Whom it asks to act by then.
    public var people: [Person]

    public init(_ type: EventType, at moment: Timestamp, deadline: Timestamp, to people: [Person]) {
        self.type = type
        at = moment
        self.deadline = deadline
        self.people = people
    }
}

/// How long an entry's events are worth delivering.
public struct Urgency: Sendable, Equatable {
    /// The deadline that the events concern.
    public var deadline: Timestamp?
    /// Lifetime of an event of `RetryClass.nag`.
    public var interval: Duration
    /// When another event replaces this one; `nil` for never.
    public var replacedAt: Timestamp?

    public init(deadline: Timestamp?, interval: Duration, replacedAt: Timestamp?) {
        self.deadline = deadline
        self.interval = interval
        self.replacedAt = replacedAt
    }
}
