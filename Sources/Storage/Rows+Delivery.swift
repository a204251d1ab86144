import Journal
import SQL

extension Delivery {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        id, message_id, endpoint, type, incident, seq, due_at, created_at, next_at, expires_at, attempts, state,
        last_status, last_error
        """

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.count(0), messageID: try row.text(1), endpoint: try row.text(2),
            type: try row.word(3),
            incident: try row.optionalCount(4), seq: try row.optionalCount(5),
            dueAt: try row.optionalMoment(6),
            createdAt: try row.moment(7), nextAt: try row.moment(8), expiresAt: try row.moment(9),
            attempts: try row.count(10), state: try row.word(11), lastStatus: try row.optionalCount(12),
            lastError: try row.optionalText(13))
    }
}

extension Endpoint {
    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), url: try row.text(1), events: try row.texts(2), secret: try row.text(3),
            createdAt: try row.moment(4), disabledAt: try row.optionalMoment(5),
            disabledReason: try row.optionalText(6), failingSince: try row.optionalMoment(7))
    }
}

extension Token {
    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), name: try row.text(1), scope: try row.word(2), secretHash: try row.bytes(3),
            createdAt: try row.moment(4), revokedAt: try row.optionalMoment(5))
    }
}
