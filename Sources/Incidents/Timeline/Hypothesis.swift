import Model
import Time

/// A suspected cause. An incident lists those that name what changed.
public struct Hypothesis: PostedPayload, Equatable {
    public static let kind: EntryKind = "hypothesis"
    public static let event = EventType.entryAdded

    public enum Standing: String, CaseIterable, Sendable {
        case open, confirmed
        case ruledOut = "ruled_out"
    }

    /// What changed.
    public enum Suspect: String, CaseIterable, Sendable {
        case deploy, config, migration, secret, flag, job, dependency, capacity, other
    }

    public var state: Standing
    public var claimedAt: Timestamp?
    public var suspect: Suspect?
    /// When it changed.
    public var changedAt: Timestamp?

    public init(
        _ state: Standing, claimedAt: Timestamp? = nil, suspect: Suspect? = nil, changedAt: Timestamp? = nil
    ) {
        self.state = state
        self.claimedAt = claimedAt
        self.suspect = suspect
        self.changedAt = changedAt
    }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(
            data.choice("state", of: Standing.self) ?? .open, claimedAt: claimedAt,
            suspect: data.choice("suspect", of: Suspect.self), changedAt: data.moment("changed_at"))
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard let suspect else { return false }
        incident.list(
            Incident.Suspect(seq: place.seq, suspect: suspect, state: state, changedAt: changedAt))
        return true
    }
}

extension Hypothesis {
    public init(from fields: FieldReader) throws(FieldError) {
        state = try fields.facts.read("state")
        claimedAt = try fields.facts.read("claimed_at")
        suspect = try fields.facts.optionalWord("suspect")
        changedAt = try fields.facts.read("changed_at")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("state", state)
        fields.facts.write("claimed_at", claimedAt)
        fields.facts.write("suspect", suspect)
        fields.facts.write("changed_at", changedAt)
    }
}
