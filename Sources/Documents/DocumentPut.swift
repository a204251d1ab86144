import Model
import Time

/// The document was replaced as a whole.
public struct DocumentPut: EntryPayload {
    public static let kind: EntryKind = "document_put"
    public static let event = EventType.unannounced

    public var name: String
    public var edition: Int
    public var documentKind: String
    /// `nil` when a newer version of Drumbeat wrote a kind unknown to this one.
    public var content: (any DocumentContent)?
    public var reason: String?

    public init(_ name: String, edition: Int, _ content: some DocumentContent, reason: String?) {
        self.name = name
        self.edition = edition
        self.content = content
        documentKind = type(of: content).kind
        self.reason = reason
    }

    public var isOfNewerVersion: Bool { content == nil }

    public func apply(to document: inout Document, at place: Place) -> Bool {
        document.name = name
        document.edition = edition
        document.content = content
        document.deletedAt = nil
        return true
    }
}

extension DocumentPut {
    public init(from fields: FieldReader) throws(FieldError) {
        name = try fields.facts.read("name")
        edition = try fields.facts.read("version")
        let kind = try fields.facts.read("kind", sample: PersonPage.kind)
        documentKind = kind
        let words = try fields.words
        reason = try words.read("reason")
        if let type = Document.contents.first(where: { $0.kind == kind }) {
            content = try type.init(from: words)
        }
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("name", name)
        fields.facts.write("version", edition)
        fields.facts.write("kind", documentKind)
        fields.words.write("reason", reason)
        content?.write(to: &fields.words)
    }
}

/// Replaces a document as a whole.
struct PutDocument<Content: DocumentContent> {
    /// Upper bound of documents of one kind.
    static var documentsMax: Int { 500 }

    var name: String
    var content: Content
    var reason: String?

    /// The first version.
    func decide(_ given: Circumstances<Document>) throws(Refusal) -> Decision<Document> {
        try requireRoom(given)
        return Decision([entry(edition: 1, given)])
    }

    /// The next version; none when nothing changes.
    func decide(
        on document: Document, _ given: Circumstances<Document>
    ) throws(Refusal) -> Decision<Document> {
        if document.isOpen, name.utf8.elementsEqual(document.name.utf8),
            content.written == document.content?.written
        {
            return Decision()
        }
        if !document.isOpen { try requireRoom(given) }
        return Decision([entry(edition: document.edition + 1, given)])
    }

    private func entry(edition: Int, _ given: Circumstances<Document>) -> NewEntry<Document> {
        NewEntry(
            DocumentPut(name, edition: edition, content, reason: reason),
            "\(given.author.person.name) put \(Content.kind)/\(name), version \(edition)", at: given.now)
    }

    private func requireRoom(_ given: Circumstances<Document>) throws(Refusal) {
        guard let counts = given.counts else { preconditionFailure("a put is decided without counts") }
        guard counts.byKind[Content.kind, default: 0] >= Self.documentsMax else { return }
        throw .invalid(
            "#",
            "There are \(Self.documentsMax) documents of kind \(Content.kind), the limit. Delete one that is no longer needed, then retry."
        )
    }
}
