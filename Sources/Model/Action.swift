import Time

/// What someone asks of a stream that exists: a value that decides which entries follow.
///
/// Pure: time is an argument, and everything that follows from policy is written into the entries.
public protocol Action<State>: Sendable {
    associatedtype State: Aggregate
    /// Its name in the API (`operationId`), by which problems link to it.
    static var name: String { get }
    /// Whether it goes first in the write lane, and is never refused for its token's load: what a responder must get through.
    static var priority: WritePriority { get }
    /// The message elsewhere that it repeats, with its words: a message that is recorded already is not decided again.
    var message: (source: Source, text: String)? { get }
    /// The entry of the stream that it is about, by seq: `Circumstances.target` shows it.
    var about: Int? { get }
    /// What it is when its message was recorded with other words, as the entry `seq`; `nil` to leave that entry alone.
    func replacing(_ seq: Int) -> (any Action<State>)?
    /// The other stream that it names, as the caller did; `naming` is given its number before anything is decided.
    var otherName: StreamName? { get }
    /// The same with the number of `otherName`; 0, which no stream has, when there is none of that name.
    func naming(_ number: Int) -> Self
    /// The numbers of other streams that the rule looks at, beyond those known so far; asked again until there are none.
    func alsoReads(on state: State, given known: [Int: State]) -> [Int]
    func decide(on state: State, _ given: Circumstances<State>) throws(Refusal) -> Decision<State>
}

extension Action {
    public static var priority: WritePriority { .ordinary }
    public var message: (source: Source, text: String)? { nil }
    public var about: Int? { nil }
    public func replacing(_ seq: Int) -> (any Action<State>)? { nil }
    public var otherName: StreamName? { nil }
    public func naming(_ number: Int) -> Self { self }
    public func alsoReads(on state: State, given known: [Int: State]) -> [Int] { [] }
}

/// An action that a request asks for. Its reading lines stand beside its rule, and the documentation of its body is made from them.
public protocol RequestedAction<State>: Action {
    /// Reads the parameters of the path first, then the body. Flaws of members are collected by the reader.
    init(from body: BodyReader) throws(Refusal)
}

/// An action that a request asks for and that begins a stream.
public protocol RequestedOpening<State>: OpeningAction {
    init(from body: BodyReader)
}

/// An action that changes the stream of a key, or begins it.
public protocol PutAction<State>: Action, OpeningAction {
    /// `Aggregate.key` of the stream.
    var key: String { get }
}

/// The same, when a request asks for it.
public protocol RequestedPut<State>: PutAction, RequestedAction {}

/// What begins a stream: the rule for its first entry.
public protocol OpeningAction<State>: Sendable {
    associatedtype State: Aggregate
    static var name: String { get }
    /// The entries of a new stream, of which the first opens it; `number` is set aside for it.
    func decide(opening number: Int, _ given: Circumstances<State>) throws(Refusal) -> Decision<State>
}

/// How a write is queued, and whether the limits of a token hold for it.
public enum WritePriority: Sendable {
    /// Goes first; a token's limits never refuse it.
    case critical
    /// Waits behind the critical ones.
    case ordinary
}

/// Who asks, when, and under which policy.
public struct Circumstances<State: Aggregate>: Sendable {
    public var author: Author
    /// Never before the stream's last entry (domain.md, section 5).
    public var now: Timestamp
    public var policy: State.Policy
    /// The other streams that the action reads, by number; those that do not exist are missing.
    public var others: [Int: State]
    /// The entry that the action is about, with what amended it; `nil` when there is none of that seq.
    public var target: AmendedEntry<State>?
    /// What is counted over the open states; known to a `PutAction` alone.
    public var counts: State.Counts?

    public init(author: Author, now: Timestamp, policy: State.Policy, others: [Int: State] = [:]) {
        self.author = author
        self.now = now
        self.policy = policy
        self.others = others
    }
}

/// An entry of the stream, with what was said of it since.
public struct AmendedEntry<State: Aggregate>: Sendable {
    public struct Entry: Sendable {
        public var place: Place
        public var kind: EntryKind
        /// `nil` when the kind is of a newer version.
        public var payload: (any EntryPayload<State>)?
        /// Of the amendments of an entry, known of the last of each kind alone.
        public var text: String

        public init(
            place: Place, kind: EntryKind, payload: (any EntryPayload<State>)?, text: String
        ) {
            self.place = place
            self.kind = kind
            self.payload = payload
            self.text = text
        }
    }

    /// How many entries may amend one: each is shown with it, in every list.
    public static var amendmentsMax: Int { 50 }

    public var entry: Entry
    /// The entries that amend it, ascending.
    public var amendments: [Entry]

    public init(_ entry: Entry, amendments: [Entry]) {
        self.entry = entry
        self.amendments = amendments
    }
}

/// The entries that follow, none when nothing changes, and what to tell the caller.
public struct Decision<State: Aggregate>: Sendable {
    public var entries: [NewEntry<State>]
    public var warnings: [Warning]
    /// The entry that says already what was asked for, by seq; `nil` when something was added.
    public var saidBy: Int?

    public init(_ entries: [NewEntry<State>] = [], warnings: [Warning] = [], saidBy: Int? = nil) {
        self.entries = entries
        self.warnings = warnings
        self.saidBy = saidBy
    }
}

/// What the caller should know although it was done. Declared beside its rule.
///
/// Its words follow from its code alone, so that a replayed answer says the same.
public struct Warning: Hashable, Sendable {
    public let code: String
    /// What to do about it.
    public let detail: String

    public init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public static func == (left: Warning, right: Warning) -> Bool { left.code == right.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    public static let clockSkew = Warning(
        "clock_skew",
        "The time lay up to 10 minutes ahead of the server's clock and was taken as now: check the sender's clock."
    )
    public static let textDiffers = Warning(
        "text_differs",
        "This source was recorded before with another text, which is kept. If this text is newer, post it again with replaces: true, "
            + "or as a correction under …/timeline/{seq}/correction."
    )
}
