import Model
import Time

/// Adds stored entries up to a state, one after the other.
public struct Fold<State: Aggregate>: Sendable {
    public let stream: StreamID
    /// The stream's opaque id, which its chain is bound to.
    public let id: String
    /// The state so far; `nil` before its first entry.
    public private(set) var state: State?
    /// The seq of the last entry; 0 before the first. Here, as the compiler may have to copy a state to ask it.
    public private(set) var seq = 0
    /// When the last entry was recorded; `nil` before the first.
    public private(set) var recordedAt: Timestamp?
    /// The hash of the last entry.
    public private(set) var hash: [UInt8] = Chain.start
    /// The position of the last entry that changed what a reader of the state sees.
    public private(set) var changedPosition = 0
    /// The first kind that this version does not know; `nil` when it knows all. Readers do not mind; nothing is decided on a state that
    /// lacks an entry.
    public private(set) var newerKind: EntryKind?

    public init(_ stream: StreamID, id: String) {
        self.stream = stream
        self.id = id
    }

    /// A fold that goes on from a snapshot.
    public init(_ snapshot: Snapshot<State>) {
        stream = snapshot.stream
        id = snapshot.id
        state = snapshot.state
        seq = snapshot.seq
        recordedAt = snapshot.recordedAt
        hash = snapshot.hash
        changedPosition = snapshot.changedPosition
        newerKind = snapshot.newerKind
    }

    /// Adds the next entry; throws when it does not read as one, or when the first one opens nothing.
    public mutating func add(_ stored: StoredEntry) throws(UnreadableEntry) {
        let type = State.kinds[stored.kind]
        var payload: (any EntryPayload<State>)?
        // Of kinds that shape nothing, of which there are many, nothing is read.
        if let type, type.shapesState { payload = try stored.payload(type) }
        if type == nil || payload?.isOfNewerVersion ?? false { newerKind = newerKind ?? stored.kind }
        if var known = state {
            state = nil  // So that the arrays inside are changed in place, not copied.
            known.apply(payload, at: stored.place)
            if known.version == stored.seq { changedPosition = stored.position }
            state = known
        } else {
            guard let payload,
                let opened = State(opening: payload, number: stream.number, id: id, at: stored.place)
            else {
                throw UnreadableEntry(
                    position: stored.position,
                    detail: "a stream does not begin with an entry of the kind \(stored.kind)")
            }
            state = opened
            changedPosition = stored.position
        }
        seq = stored.seq
        recordedAt = stored.recordedAt
        hash = stored.hash
    }

    /// What was added up, to hand out; `nil` before the first entry.
    public var snapshot: Snapshot<State>? {
        state.map {
            Snapshot($0, of: stream, hash: hash, changedPosition: changedPosition, newerKind: newerKind)
        }
    }
}

/// A state as of one of its entries: immutable, handed from thread to thread without copying.
public final class Snapshot<State: Aggregate>: AnySnapshot {
    public let state: State
    public let stream: StreamID
    public let seq: Int
    public let version: Int
    public let recordedAt: Timestamp
    public let newerKind: EntryKind?
    /// The hash of its last entry, on which the next one's link stands.
    public let hash: [UInt8]
    /// The position of `version`.
    public let changedPosition: Int

    public var id: String { state.streamID }

    public init(
        _ state: State, of stream: StreamID, hash: [UInt8], changedPosition: Int, newerKind: EntryKind? = nil
    ) {
        self.state = state
        self.stream = stream
        seq = state.seq
        version = state.version
        recordedAt = state.recordedAt
        self.hash = hash
        self.changedPosition = changedPosition
        self.newerKind = newerKind
    }
}

/// A snapshot of whatever aggregate.
public protocol AnySnapshot: AnyObject, Sendable {
    var stream: StreamID { get }
    /// The seq of its last entry.
    var seq: Int { get }
    /// The seq of the last entry that changed what a reader sees.
    var version: Int { get }
    /// A kind of entry that this version does not know and the stream has; `nil` when there is none. Nothing is decided on it then.
    var newerKind: EntryKind? { get }
}

/// What the store keeps of a state beside its entries, so that a list need not fold it. Holds no words.
public protocol StateRow: Sendable {
    var stream: StreamID { get }
}

/// An aggregate whose states have rows in the store.
public protocol StoredAggregate: Aggregate {
    static func row(of snapshot: Snapshot<Self>) -> any StateRow
}
