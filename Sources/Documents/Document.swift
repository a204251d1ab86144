import Model
import Time

/// A versioned document stored alongside the incidents, such as a person's page (learning.md, section 18).
///
/// Each name of a kind has a stream of its own. Deleting hides the document; a later put continues with the next version.
public struct Document: Sendable {
    public let number: Int
    public let streamID: String
    /// Kind and compared name: `people/bob`; `nil` for a kind of a newer version, whose names may be compared otherwise.
    public let key: String?
    /// The kind, as in the path: `people`.
    public let kind: String
    /// As typed in the last put.
    public internal(set) var name: String
    /// Number of puts: 1, 2, 3 … `version` in the API.
    public internal(set) var edition: Int
    /// The content of the last put; `nil` when a newer version of Drumbeat wrote a kind unknown to this one.
    public internal(set) var content: (any DocumentContent)?
    /// `nil` while the document is not deleted.
    public internal(set) var deletedAt: Timestamp?
    public internal(set) var changedAt: Timestamp
    public internal(set) var changedBy: Person
    public internal(set) var seq: Int
    public internal(set) var version: Int
    public internal(set) var recordedAt: Timestamp
}

/// The content of documents of one kind: one struct per kind, listed in `Document.contents`.
///
/// The output of `write(to:)` is hashed (docs/chain.md), so its fields must never be renamed or reordered.
public protocol DocumentContent: Sendable {
    /// The kind, as in the path: `people`.
    static var kind: String { get }
    /// The normalised form of a name, used for comparison.
    static func comparable(_ name: String) -> String

    init(from words: ObjectReader) throws(FieldError)
    func write(to words: inout ObjectWriter)
}

extension DocumentContent {
    public static func key(of name: String) -> String { "\(kind)/\(comparable(name))" }

    /// Bytes that differ whenever two contents of the kind do. `String` equality would miss a change of spelling.
    var written: [UInt8] {
        var fields = FieldWriter()
        write(to: &fields.words)
        return fields.finish(rest: Array("{}".utf8)).words
    }
}

extension Document: Aggregate {
    public typealias Policy = Void
    public typealias Counts = OpenDocuments

    /// All kinds of documents.
    public static let contents: [any DocumentContent.Type] = [PersonPage.self]

    public static let payloads: [any EntryPayload<Document>.Type] = [DocumentPut.self, DocumentDeleted.self]
    public static let code = AggregateCode(rawValue: 1)
    public static let kinds = Kinds<Document>()
    public static let notFound = Refusal(
        .notFound, "This page does not exist. GET /v1/inventory/people lists the people.")

    public static func ref(_ number: Int) -> String { "DOC-\(number)" }

    public init?(opening payload: any EntryPayload<Document>, number: Int, id: String, at place: Place) {
        guard let put = payload as? DocumentPut else { return nil }
        self.init(
            number: number, streamID: id, key: put.content.map { type(of: $0).key(of: put.name) },
            kind: put.documentKind, name: put.name,
            edition: put.edition, content: put.content, changedAt: place.recordedAt,
            changedBy: place.author, seq: place.seq, version: place.seq, recordedAt: place.recordedAt)
    }

    public mutating func apply(
        _ payload: (any EntryPayload<Document>)?, of type: (any EntryPayload<Document>.Type)?, at place: Place
    ) {
        seq = place.seq
        recordedAt = place.recordedAt
        guard payload?.apply(to: &self, at: place) ?? false else { return }
        version = place.seq
        changedAt = place.recordedAt
        changedBy = place.author
    }

    public static let replacingKind: EntryKind? = DocumentPut.kind
    public static let hidesEnded = true
    public var isOpen: Bool { deletedAt == nil }
    public var standing: String { "\(kind)/\(name) is now at version \(edition)" }
}

/// Number of documents that are not deleted, by kind.
public struct OpenDocuments: StateCounts {
    public private(set) var byKind: [String: Int] = [:]

    public init() {}

    public mutating func add(_ document: Document, _ amount: Int) {
        byKind[document.kind, default: 0] += amount
    }
}
