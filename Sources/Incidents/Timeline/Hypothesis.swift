import Model
import Time

/// A suspected cause.
public struct Hypothesis: PostedPayload, Equatable {
    public static let kind: EntryKind = "hypothesis"
    public static let event = EventType.entryAdded
    public static let shapesState = false

    public enum Standing: String, CaseIterable, Sendable {
        case open, confirmed
        case ruledOut = "ruled_out"
    }

    public var state: Standing
    public var claimedAt: Timestamp?

    public init(_ state: Standing, claimedAt: Timestamp? = nil) {
        self.state = state
        self.claimedAt = claimedAt
    }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(data.choice("state", of: Standing.self) ?? .open, claimedAt: claimedAt)
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension Hypothesis {
    public init(from fields: FieldReader) throws(FieldError) {
        state = try fields.facts.read("state")
        claimedAt = try fields.facts.read("claimed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("state", state)
        fields.facts.write("claimed_at", claimedAt)
    }
}
