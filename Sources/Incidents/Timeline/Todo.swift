import Model
import Time

/// Something to be done.
public struct Todo: PlainPayload, Equatable {
    public static let kind: EntryKind = "todo"
    public static let event = EventType.entryAdded

    public var claimedAt: Timestamp?

    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}
