import Incidents
import Journal
import Model
import SQL
import Time

extension Delivery {
    static let table = Table(
        "deliveries",
        [
            "id", "message_id", "webhook", "type", "retry_class", "stream", "seq", "due_at", "created_at",
            "next_at", "expires_at", "attempts", "attempts_before", "state", "last_status", "last_error",
        ])

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.count(0), messageID: try row.text(1), webhook: try row.text(2),
            type: try row.eventType(3, retryClass: 4), stream: try row.optionalStream(5),
            seq: try row.optionalCount(6), dueAt: try row.optionalMoment(7), createdAt: try row.moment(8),
            nextAt: try row.moment(9), expiresAt: try row.moment(10), attempts: try row.count(11),
            attemptsBefore: try row.count(12), state: try row.word(13), lastStatus: try row.optionalCount(14),
            lastError: try row.optionalText(15))
    }

    fileprivate var values: [SQLValue] {
        [
            .integer(id), .text(messageID), .text(webhook), .text(type.rawValue),
            .text(type.retryClass.rawValue),
            .stream(stream), .integer(seq), .moment(dueAt), .moment(createdAt), .moment(nextAt),
            .moment(expiresAt), .integer(attempts), .integer(attemptsBefore), .text(state.rawValue),
            .integer(lastStatus), .text(lastError),
        ]
    }
}

extension Attempt {
    static let table = Table(
        "attempts", ["delivery", "number", "started_at", "milliseconds", "status", "detail"])

    init(row: Statement) throws(SQLFault) {
        self.init(
            delivery: try row.count(0), number: try row.count(1), startedAt: try row.moment(2),
            duration: .milliseconds(try row.count(3)), status: try row.optionalCount(4),
            detail: try row.text(5))
    }

    fileprivate var values: [SQLValue] {
        [
            .integer(delivery), .integer(number), .moment(startedAt), .integer(duration.wholeMilliseconds),
            .integer(status), .text(detail),
        ]
    }
}

extension Statement {
    /// An event type. One written by a newer version and unknown here keeps its name and retry class.
    fileprivate func eventType(_ column: Int32, retryClass: Int32) throws(SQLFault) -> EventType {
        let name = try text(column)
        if let known = EventType(named: name) { return known }
        return EventType(name, RetryClass(rawValue: try text(retryClass)) ?? .record, "")
    }
}

/// Queries.
extension Database {
    func delivery(_ id: Int) throws(SQLFault) -> Delivery? {
        try first(Delivery.table.select("WHERE id = $1"), [.integer(id)], Delivery.init(row:))
    }

    func pendingNags(of stream: StreamID) throws(SQLFault) -> [Delivery] {
        try rows(
            Delivery.table.select(
                "WHERE stream = $1 AND retry_class = 'nag' AND state = 'pending' ORDER BY id"),
            [.stream(stream)], Delivery.init(row:))
    }

    /// Deliveries of class `nag` about a stream that succeeded, from a seq on, with the start of the successful attempt.
    func deliveredNags(
        of stream: StreamID, from seq: Int
    ) throws(SQLFault) -> [(type: EventType, seq: Int, at: Timestamp)] {
        try rows(
            """
            SELECT d.type, d.retry_class, d.seq, MIN(a.started_at + a.milliseconds)
            FROM deliveries AS d JOIN attempts AS a ON a.delivery = d.id
            WHERE d.stream = $1 AND d.retry_class = 'nag' AND d.seq >= $2
                AND a.status BETWEEN 200 AND 299
            GROUP BY d.type, d.retry_class, d.seq ORDER BY d.seq LIMIT 1000
            """, [.stream(stream), .integer(seq)]
        ) { (row) throws(SQLFault) in
            (try row.eventType(0, retryClass: 1), try row.count(2), try row.moment(3))
        }
    }

    func delivery(messageID: String) throws(SQLFault) -> Delivery? {
        try first(Delivery.table.select("WHERE message_id = $1"), [.text(messageID)], Delivery.init(row:))
    }

    func attempts(of delivery: Int) throws(SQLFault) -> [Attempt] {
        try rows(
            Attempt.table.select("WHERE delivery = $1 ORDER BY number"), [.integer(delivery)],
            Attempt.init(row:))
    }

    /// The deliveries after an id, ascending, at most `limit`, without the newest of all: its row must stay, because ids continue from
    /// it.
    func deliveries(after id: Int, limit: Int) throws(SQLFault) -> [Delivery] {
        try rows(
            Delivery.table.select(
                "WHERE id > $1 AND id < (SELECT MAX(id) FROM deliveries) ORDER BY id LIMIT $2"),
            [.integer(id), .integer(max(limit, 0))], Delivery.init(row:))
    }

    func deliveries(
        to webhook: String, _ state: Delivery.State, before: Int?, limit: Int
    ) throws(SQLFault) -> [Delivery] {
        try rows(
            Delivery.table.select("WHERE webhook = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT $4"),
            [.text(webhook), .text(state.rawValue), .integer(before ?? Int.max), .integer(max(limit, 0))],
            Delivery.init(row:))
    }

    func dueDeliveries(
        to webhook: String, _ retryClass: RetryClass, at now: Timestamp, limit: Int
    ) throws(SQLFault) -> [Delivery] {
        try rows(
            Delivery.table.select(
                """
                WHERE webhook = $1 AND retry_class = $2 AND state = 'pending' AND next_at <= $3
                ORDER BY next_at, id LIMIT $4
                """),
            [.text(webhook), .text(retryClass.rawValue), .moment(now), .integer(max(limit, 0))],
            Delivery.init(row:))
    }

    func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(SQLFault) -> Timestamp? {
        try first(
            """
            SELECT next_at FROM deliveries WHERE webhook = $1 AND retry_class = $2 AND state = 'pending'
            ORDER BY next_at LIMIT 1
            """, [.text(webhook), .text(retryClass.rawValue)]
        ) { (row) throws(SQLFault) in try row.moment(0) }
    }

    /// Number of pending deliveries, to one webhook or all, counted up to `countMax`. Reads an index, not the rows.
    func pendingDeliveries(to webhook: String?, countMax: Int) throws(SQLFault) -> Int {
        let (one, values): (String, [SQLValue]) =
            webhook.map { ("webhook = $2 AND ", [.text($0)]) } ?? ("", [])
        return try first(
            "SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE " + one + "state = 'pending' LIMIT $1)",
            [.integer(max(countMax, 0))] + values
        ) { (row) throws(SQLFault) in try row.count(0) } ?? 0
    }

    /// The first pending delivery that was created after a moment. Reads every pending one: for a start, and after the clock was set back.
    func firstPendingDelivery(createdAfter moment: Timestamp) throws(SQLFault) -> Int? {
        try first(
            "SELECT id FROM deliveries WHERE state = 'pending' AND created_at > $1 ORDER BY id LIMIT 1",
            [.moment(moment)]
        ) { (row) throws(SQLFault) in try row.count(0) }
    }

    func pendingDeliveries(after id: Int, limit: Int) throws(SQLFault) -> [Delivery] {
        try rows(
            Delivery.table.select("WHERE state = 'pending' AND id > $1 ORDER BY id LIMIT $2"),
            [.integer(id), .integer(max(limit, 0))], Delivery.init(row:))
    }

    func isAnnounced(
        _ type: EventType, to webhook: String, of stream: StreamID, dueAt: Timestamp
    ) throws(SQLFault) -> Bool {
        // The type as a literal as well, so that the unique partial index also serves this query.
        let found = try first(
            """
            SELECT 1 FROM deliveries
            WHERE webhook = $1 AND type = 'update.due_soon' AND type = $2 AND stream = $3 AND due_at = $4
            """, [.text(webhook), .text(type.rawValue), .stream(stream), .moment(dueAt)]
        ) { (row) throws(SQLFault) in try row.count(0) }
        return found != nil
    }
}

/// Writes.
extension Database {
    func append(_ delivery: Delivery) throws(SQLFault) {
        try run(Delivery.table.insert, delivery.values)
    }

    /// Inserts a finished attempt, and deletes those beyond `Attempt.keptMax`.
    func append(_ attempt: Attempt) throws(SQLFault) {
        // A result reported after a success counts no attempt, so its number may exist already: the first row stays.
        try run(
            Attempt.table.insert + " ON CONFLICT (delivery, number) DO NOTHING", attempt.values)
        guard attempt.number > Attempt.keptMax else { return }
        try run(
            "DELETE FROM attempts WHERE delivery = $1 AND number <= $2",
            [.integer(attempt.delivery), .integer(attempt.number - Attempt.keptMax)])
    }

    /// Deletes a delivery and its attempts.
    func forget(delivery id: Int) throws(SQLFault) {
        try run("DELETE FROM attempts WHERE delivery = $1", [.integer(id)])
        try run("DELETE FROM deliveries WHERE id = $1", [.integer(id)])
    }

    /// Writes the result of an attempt. A superseded or cancelled delivery keeps its state unless it was delivered after all; a delivered
    /// one is not changed by a failure.
    func write(_ result: Batch.DeliveryResult) throws(SQLFault) {
        if let renewal = result.renewal { return try renew(result, renewal) }
        try run(
            """
            UPDATE deliveries SET
                state = CASE WHEN state = 'pending' OR $2 = 'delivered' THEN $2 ELSE state END,
                attempts = $3, next_at = $4, last_status = $5, last_error = $6
            WHERE id = $1 AND (state <> 'delivered' OR $2 = 'delivered')
            """,
            [
                .integer(result.id), .text(result.state.rawValue), .integer(result.attempts),
                .moment(result.nextAt),
                .integer(result.lastStatus), .text(result.lastError),
            ])
    }

    /// Resets a delivery for a manual retry, in any state.
    private func renew(
        _ result: Batch.DeliveryResult, _ renewal: Batch.DeliveryResult.Renewal
    ) throws(SQLFault) {
        try run(
            """
            UPDATE deliveries SET state = $2, next_at = $3, expires_at = $4, attempts_before = $5 WHERE id = $1
            """,
            [
                .integer(result.id), .text(result.state.rawValue), .moment(result.nextAt),
                .moment(renewal.expiresAt), .integer(renewal.attemptsBefore),
            ])
    }

    func supersedeNags(
        of stream: StreamID, _ type: EventType, through delivery: Int
    ) throws(SQLFault) {
        // The class as a literal, so that the partial index of pending nags serves this.
        try run(
            """
            UPDATE deliveries SET state = 'superseded'
            WHERE stream = $1 AND retry_class = 'nag' AND type = $2 AND state = 'pending' AND id <= $3
            """, [.stream(stream), .text(type.rawValue), .integer(delivery)])
    }

    /// Looks through all pending deliveries: a mark is set rarely, and few are pending.
    /// As `EventType.leavesConfidential` says, in SQL.
    func withhold(_ stream: StreamID, through delivery: Int) throws(SQLFault) {
        try run(
            """
            UPDATE deliveries SET state = 'superseded'
            WHERE stream = $1 AND retry_class <> 'nag' AND state = 'pending' AND id <= $2
            """, [.stream(stream), .integer(delivery)])
    }

    func cancelDeliveries(to webhook: String) throws(SQLFault) {
        try run(
            "UPDATE deliveries SET state = 'cancelled' WHERE webhook = $1 AND state = 'pending'",
            [.text(webhook)])
    }
}
