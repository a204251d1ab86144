import Journal
import SQL

/// A kept key's subject, spread over columns.
struct SubjectColumns {
    var name: String
    var incident: Int?
    var seq: Int?
    var ref: String?
    var messageID: String?

    init(_ subject: IdempotencyRecord.Subject) {
        switch subject {
        case .entry(let incident, let seq):
            name = "entry"
            self.incident = incident
            self.seq = seq
        case .incident(let number, let seq):
            name = "incident"
            incident = number
            self.seq = seq
        case .token(let id):
            name = "token"
            ref = id
        case .webhook(let id):
            name = "endpoint"
            ref = id
        case .delivery(let webhook, let messageID):
            // What it was called when only tests were asked for; an older Drumbeat knows no other word.
            name = "test"
            ref = webhook
            self.messageID = messageID
        case .nothing:
            name = "nothing"
        }
    }
}

extension IdempotencyRecord {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        id, key_digest, request_digest, status, subject, incident, seq, ref, message_id, warnings, created_at, shown
        """

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.count(0), keyDigest: try row.bytes(1), requestDigest: try row.bytes(2),
            status: try row.count(3), subject: try Subject(row: row),
            warnings: row.isNull(9) ? [] : try row.texts(9),
            shown: try row.optionalBytes(11), createdAt: try row.moment(10))
    }
}

extension IdempotencyRecord.Subject {
    fileprivate init(row: Statement) throws(SQLFault) {
        switch try row.text(4) {
        case "entry": self = .entry(incident: try row.count(5), seq: try row.count(6))
        case "incident": self = .incident(try row.count(5), seq: try row.count(6))
        case "token": self = .token(try row.text(7))
        case "endpoint": self = .webhook(try row.text(7))
        case "test": self = .delivery(webhook: try row.text(7), messageID: try row.text(8))
        case "nothing": self = .nothing
        default: throw row.malformed(4, "holds a word this Drumbeat does not know")
        }
    }
}
