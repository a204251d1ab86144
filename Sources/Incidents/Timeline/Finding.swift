import Model
import Time

/// A symptom or evidence; drafts quote it once it is confirmed.
public struct Finding: PostedPayload, Equatable {
    public static let kind: EntryKind = "finding"
    public static let event = EventType.entryAdded

    public var confirmed: Bool
    public var claimedAt: Timestamp?

    public init(confirmed: Bool, claimedAt: Timestamp? = nil) {
        self.confirmed = confirmed
        self.claimedAt = claimedAt
    }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(confirmed: data.bool("confirmed", default: false), claimedAt: claimedAt)
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard confirmed else { return false }
        incident.collect(Finding.kind, at: place)
        incident.noteEvidenceChange(place.seq, place.visibility)
        return false
    }
}

extension Finding {
    public init(from fields: FieldReader) throws(FieldError) {
        confirmed = try fields.facts.read("confirmed")
        claimedAt = try fields.facts.read("claimed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("confirmed", confirmed)
        fields.facts.write("claimed_at", claimedAt)
    }
}
