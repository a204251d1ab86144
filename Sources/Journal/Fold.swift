import Incidents
import Model
import Time

/// Adds stored entries up to an incident, one after the other.
public struct Fold: Sendable {
    /// The incident so far; `nil` before its first entry.
    public private(set) var incident: Incident?
    /// The hash of the last entry.
    public private(set) var hash: [UInt8] = Chain.start
    /// The position of the last entry that changed what a reader of the incident sees.
    public private(set) var changedPosition = 0
    /// The first kind that this version does not know; `nil` when it knows all. Readers do not mind; nothing is decided on a state that
    /// lacks an entry.
    public private(set) var newerKind: EntryKind?
    /// The incident's id.
    public let id: Incident.ID

    /// A fold of the entries of the incident with that id.
    public init(_ id: Incident.ID) {
        self.id = id
    }

    /// A fold that goes on from an incident.
    public init(_ snapshot: IncidentSnapshot) {
        id = snapshot.incident.id
        incident = snapshot.incident
        hash = snapshot.hash
        changedPosition = snapshot.changedPosition
        newerKind = snapshot.newerKind
    }

    /// Adds the next entry; throws when it does not read as one, or when the first one declares nothing.
    public mutating func add(_ stored: StoredEntry) throws(UnreadableEntry) {
        let type = Incident.kinds[stored.kind]
        var payload: (any EntryPayload<Incident>)?
        // Of kinds that shape nothing, of which there are many, nothing is read.
        if let type, type.shapesState { payload = try stored.payload(type) }
        if type == nil || payload?.isOfNewerVersion ?? false { newerKind = newerKind ?? stored.kind }
        if var known = incident {
            incident = nil  // So that the arrays inside are changed in place, not copied.
            known.apply(payload, at: stored.place)
            if known.version == stored.seq { changedPosition = stored.position }
            incident = known
        } else {
            guard let declared = payload as? Declared else {
                throw UnreadableEntry(
                    position: stored.position, detail: "an incident begins with an entry that declares it")
            }
            incident = Incident(opening: declared, id: id, at: stored.place)
            changedPosition = stored.position
        }
        hash = stored.hash
    }

    /// What was added up, to hand out; `nil` before the first entry.
    public var snapshot: IncidentSnapshot? {
        incident.map {
            IncidentSnapshot($0, hash: hash, changedPosition: changedPosition, newerKind: newerKind)
        }
    }
}

/// An incident as of one of its entries: immutable, handed from thread to thread without copying.
public final class IncidentSnapshot: Sendable {
    /// The incident.
    public let incident: Incident
    /// The hash of its last entry, on which the next one's link stands.
    public let hash: [UInt8]
    /// The position of `incident.version`.
    public let changedPosition: Int
    /// A kind of entry that this version does not know and the incident has; `nil` when there is none. Nothing is decided on it then.
    public let newerKind: EntryKind?

    /// An incident with the ends of its chain.
    public init(_ incident: Incident, hash: [UInt8], changedPosition: Int, newerKind: EntryKind? = nil) {
        self.incident = incident
        self.hash = hash
        self.changedPosition = changedPosition
        self.newerKind = newerKind
    }
}
