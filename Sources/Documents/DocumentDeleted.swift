import Model
import Time

/// The document is hidden from now on.
public struct DocumentDeleted: EntryPayload, Equatable {
    public static let kind: EntryKind = "document_deleted"
    public static let event = EventType.unannounced

    public init() {}

    public func apply(to document: inout Document, at place: Place) -> Bool {
        document.deletedAt = place.recordedAt
        return true
    }
}

extension DocumentDeleted {
    public init(from fields: FieldReader) throws(FieldError) {}
    public func write(to fields: inout FieldWriter) {}
}

extension Document {
    /// Hides a document. A hidden document is refused as not found.
    func delete(_ given: Circumstances<Document>) throws(Refusal) -> Decision<Document> {
        guard isOpen else { throw Document.notFound }
        return Decision([
            NewEntry(DocumentDeleted(), "\(given.author.person.name) deleted \(kind)/\(name)", at: given.now)
        ])
    }
}
