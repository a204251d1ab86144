import Model
import Time

/// An exception from a freeze was revoked before its time.
public struct ExceptionRevoked: EntryPayload, Equatable {
    public static let kind: EntryKind = "exception_revoked"
    public static let event = EventType.entryAdded

    /// The seq of the entry that granted it.
    public var of: Int

    public init(of seq: Int) {
        of = seq
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard let index = incident.exceptions.firstIndex(where: { $0.seq == of }) else { return false }
        incident.exceptions[index].until = min(incident.exceptions[index].until, place.recordedAt)
        return false
    }
}

extension ExceptionRevoked {
    public init(from fields: FieldReader) throws(FieldError) {
        of = try fields.facts.read("of")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("of", of)
    }
}

/// Revokes an exception; changes nothing when it has ended.
public struct RevokeException: RequestedAction {
    public static let name = "revokeException"

    /// The id of the entry that granted it.
    public var id: String

    public init(id: String) {
        self.id = id
    }

    public init(from body: BodyReader) throws(Refusal) {
        id = try body.path("id", sample: "01HZX4", otherwise: RevokeException.unknown) { $0 }
    }

    private static let unknown =
        "This incident has no such exception, or it ended long ago."

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        guard let exception = incident.exceptions.first(where: { $0.id.utf8.elementsEqual(id.utf8) }) else {
            throw Refusal(
                .notFound, RevokeException.unknown,
                links: [.init("readFreeze", detail: "the exceptions that run")])
        }
        guard exception.runs(at: given.now) else { return Decision() }
        return Decision([given.revoking(exception)])
    }
}

extension Incident {
    /// The end of the incident ends its exceptions, in the same transaction.
    func endingExceptions(_ given: Circumstances<Incident>) -> [NewEntry<Incident>] {
        exceptions.filter { $0.runs(at: given.now) }.map { given.revoking($0) }
    }
}

extension Circumstances<Incident> {
    fileprivate func revoking(_ exception: Incident.FreezeException) -> NewEntry<Incident> {
        entry(
            ExceptionRevoked(of: exception.seq),
            "\(author.person.name) ended the exception of entry \(exception.seq)")
    }
}
