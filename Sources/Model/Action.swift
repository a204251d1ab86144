import Time

/// A requested change of an existing stream: a value that decides which entries to append.
///
/// Pure: time is an argument, and all effects of the policy are written into the entries.
public protocol Action<State>: Sendable {
    associatedtype State: Aggregate
    /// Its `operationId` in the API, used by links in problems.
    static var name: String { get }
    /// Critical actions go first in the write lane, and are never refused by their token's limits.
    static var priority: WritePriority { get }
    /// Whether it warns when no one would hear a nag; `Circumstances.hearing` is set then.
    static var asksToBeHeard: Bool { get }
    /// Deduplication: the message of another system that this repeats, with its text. A message that is recorded already is not decided
    /// again.
    var message: (source: Source, text: String)? { get }
    /// The seq of the entry it concerns; provided as `Circumstances.target`.
    var about: Int? { get }
    /// The same, for an action that names the entry by the state. `about` by default.
    func about(on state: State, at now: Timestamp) -> Int?
    /// The action to perform instead when its message is recorded with another text, as entry `seq`; `nil` to keep that entry.
    func replacing(_ seq: Int) -> (any Action<State>)?
    /// Another stream that it names, as the caller wrote it; `naming` receives its number before the decision.
    var otherName: StreamName? { get }
    /// A copy with the number of `otherName`; 0, which no stream has, when there is no such stream.
    func naming(_ number: Int) -> Self
    /// Whether the target of the request exists, for `If-None-Match`; a role exists while someone holds it.
    func targetExists(in state: State) -> Bool
    /// Numbers of other streams that the rule needs, besides `known`. Called repeatedly until it returns no new ones.
    func alsoReads(on state: State, given known: [Int: State]) -> [Int]
    func decide(on state: State, _ given: Circumstances<State>) throws(Refusal) -> Decision<State>
}

extension Action {
    public static var priority: WritePriority { .ordinary }
    public static var asksToBeHeard: Bool { false }
    public var message: (source: Source, text: String)? { nil }
    public var about: Int? { nil }
    public func about(on state: State, at now: Timestamp) -> Int? { about }
    public func replacing(_ seq: Int) -> (any Action<State>)? { nil }
    public var otherName: StreamName? { nil }
    public func naming(_ number: Int) -> Self { self }
    public func targetExists(in state: State) -> Bool { true }
    public func alsoReads(on state: State, given known: [Int: State]) -> [Int] { [] }
}

/// An action that a request asks for. `init(from:)` is defined next to the rule; the documentation of the body is generated from it.
public protocol RequestedAction<State>: Action {
    /// Reads the path parameters first, then the body. Invalid members are collected by the reader.
    init(from body: BodyReader) throws(Refusal)
}

/// An action that opens a stream at a request.
public protocol RequestedOpening<State>: OpeningAction {
    init(from body: BodyReader)
}

/// An action that changes the stream of a key, or opens it.
public protocol PutAction<State>: Action, OpeningAction {
    /// `Aggregate.key` of the stream.
    var key: String { get }
}

/// A `PutAction` at a request.
public protocol RequestedPut<State>: PutAction, RequestedAction {}

/// An action that opens a stream: the rule for its first entries.
public protocol OpeningAction<State>: Sendable {
    associatedtype State: Aggregate
    static var name: String { get }
    /// Whether the rule needs `Circumstances.counts`.
    var needsCounts: Bool { get }
    /// The deploys that the rule needs as `Circumstances.deploys`; `nil` for none.
    func deploysAsked(at now: Timestamp) -> DeployQuery?
    /// The entries of a new stream; the first opens it. `number` is reserved for the stream.
    func decide(opening number: Int, _ given: Circumstances<State>) throws(Refusal) -> Decision<State>
}

extension OpeningAction {
    public var needsCounts: Bool { false }
    public func deploysAsked(at now: Timestamp) -> DeployQuery? { nil }
}

/// Queue of a write, and whether its token's limits apply.
public enum WritePriority: Sendable {
    /// Goes first; never refused by a token's limits.
    case critical
    /// Waits behind critical writes.
    case ordinary
}

/// Inputs of a decision besides the state.
public struct Circumstances<State: Aggregate>: Sendable {
    public var author: Author
    /// Never before the stream's last entry (domain.md, section 5).
    public var now: Timestamp
    public var policy: State.Policy
    /// Other streams that the action reads, by number. Unknown numbers are missing.
    public var others: [Int: State]
    /// The entry that the action concerns, with its amendments; `nil` when there is no entry with that seq.
    public var target: AmendedEntry<State>?
    /// Aggregated counts of the open states; set for a `PutAction`, and for an `OpeningAction` that needs them.
    public var counts: State.Counts?
    /// `nil` unless the action asks to be heard.
    public var hearing: Hearing?
    /// The deploys that an opening action asked for, newest first.
    public var deploys: [Deploy] = []

    public init(author: Author, now: Timestamp, policy: State.Policy, others: [Int: State] = [:]) {
        self.author = author
        self.now = now
        self.policy = policy
        self.others = others
    }
}

/// An entry of the stream with its amendments.
public struct AmendedEntry<State: Aggregate>: Sendable {
    public struct Entry: Sendable {
        public var place: Place
        public var kind: EntryKind
        /// `nil` when the kind belongs to a newer version.
        public var payload: (any EntryPayload<State>)?
        /// Among amendments only the last of each kind has its text.
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

    /// Upper bound of the amendments of an entry: each is shown with it, in every list.
    public static var amendmentsMax: Int { 50 }

    public var entry: Entry
    /// The entries that amend it, ascending.
    public var amendments: [Entry]

    public init(_ entry: Entry, amendments: [Entry]) {
        self.entry = entry
        self.amendments = amendments
    }
}

/// The entries to append, none when nothing changes, and warnings for the caller.
public struct Decision<State: Aggregate>: Sendable {
    public var entries: [NewEntry<State>]
    public var warnings: [Warning]
    /// The seq of an earlier entry that already says what was requested; `nil` when an entry was added.
    public var saidBy: Int?
    /// The index of the entry that answers the request; `nil` for the last of the action's own stream.
    public var shown: Int?

    public init(
        _ entries: [NewEntry<State>] = [], warnings: [Warning] = [], saidBy: Int? = nil, shown: Int? = nil
    ) {
        self.entries = entries
        self.warnings = warnings
        self.saidBy = saidBy
        self.shown = shown
    }
}

/// A warning of a successful write. Declared next to its rule.
///
/// The text depends only on the code, the cause and the people, which are stored, so that a replayed answer is the same. Warnings are equal
/// by their code.
public struct Warning: Hashable, Sendable {
    /// A suggested call. It names its route itself, because the engine, which answers some warnings, does not know the routes.
    public struct Link: Hashable, Sendable {
        /// `operationId`.
        public let operation: String
        public let method: String
        /// The pattern of the route, with `{ref}` and `{seq}` of what was written.
        public let pattern: String
        /// What the call does.
        public let detail: String
        public let body: SuggestedBody?

        public init(
            _ operation: String, _ method: String, _ pattern: String, detail: String, body: SuggestedBody?
        ) {
            self.operation = operation
            self.method = method
            self.pattern = pattern
            self.detail = detail
            self.body = body
        }
    }

    public let code: String
    /// What happened.
    public let detail: String
    /// What to call about it.
    public let links: [Link]
    /// The people it names, from which the detail is made again; empty for a fixed detail.
    public let people: [String]
    /// Which of the causes of the code it is, for programs; `nil` for the first.
    public let cause: String?

    public init(
        _ code: String, _ detail: String, about people: [String] = [], cause: String? = nil,
        links: [Link] = []
    ) {
        self.code = code
        self.detail = detail
        self.links = links
        self.people = people
        self.cause = cause
    }

    /// The code with its cause, and the people it names.
    public var stored: String {
        ([code + (cause.map { "." + $0 } ?? "")] + people).joined(separator: Warning.separator)
    }
    /// No name holds it: names have no control characters.
    public static let separator = "\u{1F}"

    public static func == (left: Warning, right: Warning) -> Bool { left.code == right.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    public static let clockSkew = Warning(
        "clock_skew",
        "The time lay up to 10 minutes ahead of the server's clock and was taken as now: check the sender's clock."
    )
    /// Of the target of a webhook; the API says before it what the target answered.
    public static let testFailed = Warning(
        "test_failed",
        "The webhook is registered, and what the target does not take is sent to it again: see to the target, then test it once more."
    )
    public static let textDiffers = Warning(
        "text_differs",
        "This source was recorded before with another text, which is kept.",
        links: [
            Link(
                "correctEntry", "POST", "/v1/incidents/{ref}/timeline/{seq}/correction",
                detail: "records the newer text; posting it again with replaces: true does the same",
                body: ["text": "…"])
        ])
}
