import Time

/// A state that is the fold of its entries: what a stream is about.
public protocol Aggregate: Sendable {
    /// What the operator has set; `decide` writes it into entries, `apply` never sees it.
    associatedtype Policy: Sendable
    /// What is counted over all states at hand, for `/metrics`.
    associatedtype Counts: StateCounts<Self>

    static var code: AggregateCode { get }
    /// Every kind of entry that it can have: the one list.
    static var payloads: [any EntryPayload<Self>.Type] { get }
    /// The same by name.
    static var kinds: Kinds<Self> { get }
    /// The name that people use: `INC-42`.
    static func ref(_ number: Int) -> String
    /// Why there is none of a name, and what to do.
    static var notFound: Refusal { get }

    /// The state that a first entry opens; `nil` when its kind opens nothing.
    init?(opening payload: any EntryPayload<Self>, number: Int, id: String, at place: Place)
    /// Adds the next entry; `payload` is `nil` when its kind shapes nothing or is unknown to this version.
    ///
    /// Takes no configuration and no clock, so the same entries always add up to the same state.
    mutating func apply(_ payload: (any EntryPayload<Self>)?, at place: Place)

    var number: Int { get }
    /// The opaque id of the stream, which its chain is bound to.
    var streamID: String { get }
    /// The seq of the last entry.
    var seq: Int { get }
    /// The seq of the last entry that changed what a reader sees.
    var version: Int { get }
    /// When the last entry was recorded.
    var recordedAt: Timestamp { get }
    /// Whether it is kept in memory for good; one that is not is kept for a while.
    var isOpen: Bool { get }

    /// What people call the stream beside its number and its id, unique within the aggregate; `nil` for nothing. It never changes.
    var key: String? { get }

    /// The event types of which what is queued for the stream is worthless after an entry that made `after` of `before`.
    static func outdated(by payload: any EntryPayload<Self>, from before: Self, to after: Self) -> [EventType]
    /// What the deliveries of an entry's events go by.
    func urgency(of payload: any EntryPayload<Self>) -> Urgency
}

/// An aggregate of which the service does something by itself, when it is time.
public protocol Alarmed: Aggregate {
    /// What the service does when an alarm is due: it looks again, and decides.
    static var alarm: any Action<Self> { get }

    /// What people must do next and by when; overdue once it has passed. `nil` for nothing.
    var openDeadline: Timestamp? { get }
    /// The next moment at which the service must act on it, unless somebody acts before; `nil` when none is to come.
    var nextAlarmAt: Timestamp? { get }
    /// The deadline that is announced before it comes; `nil` when none is to be.
    var notice: Notice? { get }
}

extension Aggregate {
    public var key: String? { nil }

    public static func outdated(
        by payload: any EntryPayload<Self>, from before: Self, to after: Self
    ) -> [EventType] { [] }

    public func urgency(of payload: any EntryPayload<Self>) -> Urgency {
        Urgency(deadline: nil, interval: .zero, replacedAt: nil)
    }

    /// The number of a stream of this aggregate; `nil` for another's, which has numbers of its own.
    public static func number(of stream: StreamID) -> Int? {
        stream.aggregate == code ? stream.number : nil
    }

    /// The name that people use of a stream, and code and number for another aggregate's.
    public static func ref(of stream: StreamID) -> String {
        number(of: stream).map(ref(_:)) ?? stream.description
    }
}

/// What is counted over all states at hand.
public protocol StateCounts<State>: Sendable {
    associatedtype State
    init()
    /// Counts an open state in, or out with -1.
    mutating func add(_ state: State, _ amount: Int)
}

/// A deadline that is announced before it comes: an event without an entry, once to each webhook.
public struct Notice: Sendable, Equatable {
    public var type: EventType
    /// When to announce it.
    public var at: Timestamp
    public var deadline: Timestamp

    public init(_ type: EventType, at moment: Timestamp, deadline: Timestamp) {
        self.type = type
        at = moment
        self.deadline = deadline
    }
}

/// How long the events of an entry are worth delivering.
public struct Urgency: Sendable, Equatable {
    /// The deadline that it is about.
    public var deadline: Timestamp?
    /// For how long an event of `RetryClass.nag` is worth delivering.
    public var interval: Duration
    /// When another event replaces it; `nil` when none will.
    public var replacedAt: Timestamp?

    public init(deadline: Timestamp?, interval: Duration, replacedAt: Timestamp?) {
        self.deadline = deadline
        self.interval = interval
        self.replacedAt = replacedAt
    }
}
