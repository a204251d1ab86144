import Incidents
import Journal
import Model
import SQL
import Time

/// What the lane looks up while it decides, on the connection that holds the store's lock.
struct SQLiteLookup: JournalLookup {
    let database: Database

    func seq(ofOnce onceKey: String, incident: Int) throws(StoreFault) -> Int? {
        try storing { () throws(SQLFault) in
            try database.first(
                "SELECT seq FROM entries WHERE incident = $1 AND once_key = $2",
                [.integer(incident), .text(onceKey)]
            ) { (row) throws(SQLFault) in try row.count(0) }
        }
    }

    func number(ofIncident id: Incident.ID) throws(StoreFault) -> Int? {
        try storing { () throws(SQLFault) in try database.number(ofIncident: id) }
    }

    func incident(_ number: Int) throws(StoreFault) -> IncidentRow? {
        try storing { () throws(SQLFault) in try database.incident(number) }
    }

    func entries(of incident: Int, after seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry] {
        try storing { () throws(SQLFault) in
            try database.entries(of: incident, after: seq, kind: nil, visibility: nil, limit: limit)
        }
    }

    func key(_ id: Int) throws(StoreFault) -> IdempotencyRecord? {
        try storing { () throws(SQLFault) in
            try database.first(
                "SELECT " + IdempotencyRecord.columns + " FROM idempotency_keys WHERE id = $1",
                [.integer(id)],
                IdempotencyRecord.init(row:))
        }
    }

    func delivery(_ id: Int) throws(StoreFault) -> Delivery? {
        try storing { () throws(SQLFault) in
            try database.first(
                "SELECT " + Delivery.columns + " FROM deliveries WHERE id = $1", [.integer(id)],
                Delivery.init(row:))
        }
    }
}

extension SQLiteLookup {
    func delivery(messageID: String) throws(StoreFault) -> Delivery? {
        try storing { () throws(SQLFault) in try database.delivery(messageID: messageID) }
    }

    func attempts(of delivery: Int) throws(StoreFault) -> [Attempt] {
        try storing { () throws(SQLFault) in try database.attempts(of: delivery) }
    }

    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp? {
        try storing { () throws(SQLFault) in try database.nextDelivery(to: webhook, retryClass) }
    }

    func deliveries(after id: Int, limit: Int) throws(StoreFault) -> [Delivery] {
        try storing { () throws(SQLFault) in
            try database.rows(
                "SELECT " + Delivery.columns + """
                     FROM deliveries WHERE id > $1 AND id < (SELECT MAX(id) FROM deliveries) ORDER BY id LIMIT $2
                    """, [.integer(id), .integer(max(limit, 0))], Delivery.init(row:))
        }
    }

    func isAnnounced(to webhook: String, incident: Int, dueAt: Timestamp) throws(StoreFault) -> Bool {
        let found = try storing { () throws(SQLFault) in
            // The type as a literal, so that the index which keeps a second one out also answers this.
            try database.first(
                """
                SELECT 1 FROM deliveries
                WHERE endpoint = $1 AND type = 'update.due_soon' AND incident = $2 AND due_at = $3
                """, [.text(webhook), .integer(incident), .moment(dueAt)]
            ) { (row) throws(SQLFault) in try row.count(0) }
        }
        return found != nil
    }
}

/// Questions that the lane and the readers share.
extension Database {
    func number(ofIncident id: Incident.ID) throws(SQLFault) -> Int? {
        try first("SELECT number FROM incidents WHERE id = $1", [.text(id.text)]) { (row) throws(SQLFault) in
            try row.count(0)
        }
    }

    func incident(_ number: Int) throws(SQLFault) -> IncidentRow? {
        try first(
            "SELECT " + IncidentRow.columns + " FROM incidents WHERE number = $1", [.integer(number)],
            IncidentRow.init(row:))
    }

    func delivery(messageID: String) throws(SQLFault) -> Delivery? {
        try first(
            "SELECT " + Delivery.columns + " FROM deliveries WHERE message_id = $1", [.text(messageID)],
            Delivery.init(row:))
    }

    func attempts(of delivery: Int) throws(SQLFault) -> [Attempt] {
        try rows(
            "SELECT " + Attempt.columns + " FROM attempts WHERE delivery = $1 ORDER BY number",
            [.integer(delivery)], Attempt.init(row:))
    }

    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(SQLFault) -> Timestamp? {
        try first(
            """
            SELECT next_at FROM deliveries WHERE endpoint = $1 AND retry_class = $2 AND state = 'pending'
            ORDER BY next_at LIMIT 1
            """, [.text(webhook), .text(retryClass.rawValue)]
        ) { (row) throws(SQLFault) in try row.moment(0) }
    }

    func entries(
        of incident: Int, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(SQLFault) -> [StoredEntry] {
        try rows(
            "SELECT " + StoredEntry.columns + """
                 FROM entries
                WHERE incident = $1 AND seq > $2 AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR visibility = $4)
                ORDER BY seq LIMIT $5
                """,
            [
                .integer(incident), .integer(seq), .text(kind?.rawValue), .text(visibility?.rawValue),
                .integer(max(limit, 0)),
            ], StoredEntry.init(row:))
    }
}
