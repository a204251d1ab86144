import Model
import Time

/// Plain words. The fold needs nothing of them, and bots write thousands.
public struct Note: PlainPayload, Equatable {
    public static let kind: EntryKind = "note"
    public static let event = EventType.entryAdded

    public var claimedAt: Timestamp?

    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}
