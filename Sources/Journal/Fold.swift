import Model
import Time

/// Folds stored entries into a state, one after the other.
public struct Fold<State: Aggregate>: Sendable {
    public let stream: StreamID
    /// The stream's opaque id, part of its hash chain.
    public let id: String
    /// `nil` before the first entry.
    public private(set) var state: State?
    /// The seq of the last entry; 0 before the first. Kept here because reading it from `state` may copy the state.
    public private(set) var seq = 0
    /// When the last entry was recorded; `nil` before the first.
    public private(set) var recordedAt: Timestamp?
    /// The hash of the last entry.
    public private(set) var hash: [UInt8] = Chain.start
    /// The position and the hash of the last entry that changed what a reader of the state sees.
    public private(set) var lastChange = Validator(counter: 0, hash: 0)
    /// The first entry kind unknown to this version; `nil` when all are known. The state can be read, but nothing may be decided on it.
    public private(set) var newerKind: EntryKind?

    public init(_ stream: StreamID, id: String) {
        self.stream = stream
        self.id = id
    }

    /// Continues from a snapshot.
    public init(_ snapshot: Snapshot<State>) {
        stream = snapshot.stream
        id = snapshot.id
        state = snapshot.state
        seq = snapshot.seq
        recordedAt = snapshot.recordedAt
        hash = snapshot.hash
        lastChange = snapshot.lastChange
        newerKind = snapshot.newerKind
    }

    /// Adds the next entry. Throws when it cannot be read, or when the first one does not open a stream.
    public mutating func add(_ stored: StoredEntry) throws(UnreadableEntry) {
        let type = State.kinds[stored.kind]
        var payload: (any EntryPayload<State>)?
        // Entries of kinds that do not shape the state are frequent and not parsed.
        if let type, type.shapesState { payload = try stored.payload(type) }
        if type == nil || payload?.isOfNewerVersion ?? false { newerKind = newerKind ?? stored.kind }
        if var known = state {
            state = nil  // Makes the reference unique, so that arrays are modified in place.
            known.apply(payload, of: type, at: stored.place)
            if known.version == stored.seq {
                lastChange = Validator(counter: stored.position, ofHash: stored.hash)
            }
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
            lastChange = Validator(counter: stored.position, ofHash: stored.hash)
        }
        seq = stored.seq
        recordedAt = stored.recordedAt
        hash = stored.hash
    }

    /// The state so far; `nil` before the first entry.
    public var snapshot: Snapshot<State>? {
        state.map {
            Snapshot($0, of: stream, hash: hash, lastChange: lastChange, newerKind: newerKind)
        }
    }
}

/// A state as of one of its entries: immutable, shared between threads without copying.
public final class Snapshot<State: Aggregate>: AnySnapshot {
    public let state: State
    public let stream: StreamID
    public let seq: Int
    public let version: Int
    public let recordedAt: Timestamp
    public let newerKind: EntryKind?
    /// The hash of the last entry; input of the next entry's hash.
    public let hash: [UInt8]
    /// The position and the hash of the entry `version`.
    public let lastChange: Validator

    public var id: String { state.streamID }
    /// What a representation of the state is tagged by.
    public var validator: Validator { Validator(counter: version, hash: lastChange.hash) }
    /// What the timeline is tagged by, and what shows its last entries.
    public var timelineValidator: Validator { Validator(counter: seq, ofHash: hash) }

    public init(
        _ state: State, of stream: StreamID, hash: [UInt8], lastChange: Validator, newerKind: EntryKind? = nil
    ) {
        self.state = state
        self.stream = stream
        seq = state.seq
        version = state.version
        recordedAt = state.recordedAt
        self.hash = hash
        self.lastChange = lastChange
        self.newerKind = newerKind
    }
}

/// A snapshot of any aggregate.
public protocol AnySnapshot: AnyObject, Sendable {
    var stream: StreamID { get }
    /// The seq of the last entry.
    var seq: Int { get }
    /// The seq of the last entry that changed what a reader sees.
    var version: Int { get }
    /// An entry kind of the stream that is unknown to this version; `nil` when there is none. Nothing may be decided on such a state.
    var newerKind: EntryKind? { get }
}

/// Index data of a state in the store, so that lists need no fold. Holds no words.
public protocol StateRow: Sendable {
    var stream: StreamID { get }
}

/// An aggregate whose states have rows in the store.
public protocol StoredAggregate: Aggregate {
    static func row(of snapshot: Snapshot<Self>) -> any StateRow
    /// A current state that was folded without its plain entries but the last, completed from its row; `nil` when the row does not know
    /// what they left, so that all entries must be folded. Blocks on the store.
    static func completed(
        _ snapshot: Snapshot<Self>, from reader: any JournalReader
    ) throws -> Snapshot<Self>?
}

extension StoredAggregate {
    public static func completed(
        _ snapshot: Snapshot<Self>, from reader: any JournalReader
    ) throws -> Snapshot<Self>? { snapshot }
}
