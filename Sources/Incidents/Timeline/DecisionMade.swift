import Model
import Time

/// A decision that was made.
public struct DecisionMade: PlainPayload, Equatable {
    public static let kind: EntryKind = "decision"
    public static let event = EventType.entryAdded

    public var claimedAt: Timestamp?

    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}
