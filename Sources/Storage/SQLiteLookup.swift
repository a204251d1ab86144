import Journal
import Model
import SQL
import Time

/// The lane's queries while it decides, on the connection that holds the store's lock.
struct SQLiteLookup: JournalLookup {
    let database: Database

    func seq(ofOnce onceKey: String, in stream: StreamID) throws(StoreFault) -> Int? {
        try storing { () throws(SQLFault) in try database.seq(ofOnce: onceKey, in: stream) }
    }

    func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int? {
        try storing { () throws(SQLFault) in try database.number(of: id, in: aggregate) }
    }

    func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int? {
        try storing { () throws(SQLFault) in try database.number(ofKey: key, in: aggregate) }
    }

    func head(of stream: StreamID) throws(StoreFault) -> StreamHead? {
        try storing { () throws(SQLFault) in try database.head(of: stream) }
    }

    func entries(of stream: StreamID, after seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry] {
        try storing { () throws(SQLFault) in
            try database.entries(of: stream, after: seq, kind: nil, visibility: nil, limit: limit)
        }
    }

    func amendments(of stream: StreamID, seq: Int, limit: Int) throws(StoreFault) -> [StoredEntry] {
        try storing { () throws(SQLFault) in
            try database.amendments(of: stream, seq: seq, limit: limit)
        }
    }

    func key(_ id: Int) throws(StoreFault) -> IdempotencyRecord? {
        try storing { () throws(SQLFault) in try database.idempotencyRecord(id) }
    }

    func delivery(_ id: Int) throws(StoreFault) -> Delivery? {
        try storing { () throws(SQLFault) in try database.delivery(id) }
    }

    func pendingNags(of stream: StreamID) throws(StoreFault) -> [Delivery] {
        try storing { () throws(SQLFault) in try database.pendingNags(of: stream) }
    }

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
        try storing { () throws(SQLFault) in try database.deliveries(after: id, limit: limit) }
    }

    func pendingDeliveries(after id: Int, limit: Int) throws(StoreFault) -> [Delivery] {
        try storing { () throws(SQLFault) in try database.pendingDeliveries(after: id, limit: limit) }
    }

    func deploys(_ query: DeployQuery) throws(StoreFault) -> [Deploy] {
        try storing { () throws(SQLFault) in try database.deploys(query) }
    }

    func oldestDeploy() throws(StoreFault) -> Timestamp? {
        try storing { () throws(SQLFault) in try database.oldestDeploy() }
    }

    func isAnnounced(
        _ type: EventType, to webhook: String, of stream: StreamID, dueAt: Timestamp
    ) throws(StoreFault) -> Bool {
        try storing { () throws(SQLFault) in
            try database.isAnnounced(type, to: webhook, of: stream, dueAt: dueAt)
        }
    }
}
