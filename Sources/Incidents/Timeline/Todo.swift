import Model
import Time

/// Something to be done, by someone, in some minutes.
public struct Todo: PostedPayload, Equatable {
    public static let kind: EntryKind = "todo"
    public static let event = EventType.entryAdded

    static let minutesRange: ClosedRange<Int64> = 1...240

    public var claimedAt: Timestamp?
    public var owner: Person?
    /// Due that long after it was recorded.
    public var minutes: Int?
    /// Whether the incident lists it: not one of a version that listed none. Stored as the member `owner`, which may be `null`.
    public var isListed: Bool

    /// A todo of a version that listed none.
    public init(claimedAt: Timestamp? = nil) {
        self.claimedAt = claimedAt
        isListed = false
    }

    public init(owner: Person?, minutes: Int?, claimedAt: Timestamp? = nil) {
        self.owner = owner
        self.minutes = minutes
        self.claimedAt = claimedAt
        isListed = true
    }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(
            owner: data.optionalText("owner", .person).map { Person($0) },
            minutes: data.integer("minutes", in: Todo.minutesRange), claimedAt: claimedAt)
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard isListed else { return false }
        incident.list(
            Incident.OpenTodo(
                seq: place.seq, owner: owner, dueAt: minutes.map { place.recordedAt + .seconds(60 * $0) }))
        return true
    }
}

extension Todo {
    public init(from fields: FieldReader) throws(FieldError) {
        claimedAt = try fields.facts.read("claimed_at")
        isListed = fields.facts.has("owner")
        owner = try fields.facts.read("owner")
        minutes = try fields.facts.read("minutes")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("claimed_at", claimedAt)
        guard isListed else { return }
        fields.facts.writeOrNull("owner", owner?.name)
        fields.facts.write("minutes", minutes)
    }
}
