import Model
import Time

/// A change that was made; drafts quote it once it is complete.
public struct ChangeMade: PostedPayload, Equatable {
    public static let kind: EntryKind = "change"
    public static let event = EventType.entryAdded

    public var complete: Bool
    public var claimedAt: Timestamp?

    public init(complete: Bool, claimedAt: Timestamp? = nil) {
        self.complete = complete
        self.claimedAt = claimedAt
    }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(complete: data.bool("complete", default: true), claimedAt: claimedAt)
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        if complete { incident.collect(ChangeMade.kind, at: place) }
        return false
    }
}

extension ChangeMade {
    public init(from fields: FieldReader) throws(FieldError) {
        complete = try fields.facts.read("complete")
        claimedAt = try fields.facts.read("claimed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("complete", complete)
        fields.facts.write("claimed_at", claimedAt)
    }
}
