import Documents
import Model
import Time

/// What the store keeps of a document beside its entries: how it is found. Holds no words.
public struct DocumentRow: StateRow, Equatable {
    public var number: Int
    public var id: String
    public var key: String
    /// The seq of its last entry.
    public var seq: Int
    /// When it was deleted; `nil` while it is there.
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
