import Model
import Time

/// Something to be done.
public struct Todo: PostedPayload, Equatable {
    public static let kind: EntryKind = "todo"
    public static let event = EventType.entryAdded
    public static let shapesState = false

    public var claimedAt: Timestamp?

    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
    }

    public init(from data: some PostedData, claimedAt: Timestamp?) {
        self.claimedAt = claimedAt
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension Todo {
    public init(from fields: FieldReader) throws(FieldError) {
        claimedAt = try fields.facts.read("claimed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("claimed_at", claimedAt)
    }
}
