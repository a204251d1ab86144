import Documents
import Model
import Time

/// Index data of a document: how it is found in the store. Of its content it holds the name alone, in `key`.
public struct DocumentRow: StateRow, Equatable {
    public var number: Int
    public var id: String
    public var key: String
    /// The seq of the last entry.
    public var seq: Int
    /// `nil` while the document is not deleted.
    public var deletedAt: Timestamp?

    public init(number: Int, id: String, key: String, seq: Int, deletedAt: Timestamp?) {
        self.number = number
        self.id = id
        self.key = key
        self.seq = seq
        self.deletedAt = deletedAt
    }

    public var stream: StreamID { StreamID(Document.self, number) }
}

extension Document: StoredAggregate {
    public static func row(of snapshot: Snapshot<Document>) -> any StateRow {
        let document = snapshot.state
        return DocumentRow(
            number: document.number, id: document.streamID, key: document.key ?? "", seq: document.seq,
            deletedAt: document.deletedAt)
    }
}
