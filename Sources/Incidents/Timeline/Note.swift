import Model
import Time

/// Plain text. It does not shape the state, and bots write thousands.
public struct Note: PlainPayload, Equatable {
    public static let kind: EntryKind = "note"
    public static let event = EventType.entryAdded

    /// A note by someone in a role; a bot's or a guest's is none.
    public static func isProgress(on incident: Incident, by author: Person) -> Bool {
        incident.roles.values.contains { $0.person == author }
    }

    public var claimedAt: Timestamp?

    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}
