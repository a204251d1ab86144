import Journal
import Model
import SQL
import Time

/// The statements about deliveries and webhooks of the one transaction that a turn of the lane is.
extension Database {
    func append(_ delivery: Delivery) throws(SQLFault) {
        try run(
            """
            INSERT INTO deliveries (
                id, message_id, endpoint, type, retry_class, incident, seq, due_at, created_at, next_at, expires_at,
                attempts, state, last_status, last_error, attempts_before
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                .integer(delivery.id), .text(delivery.messageID), .text(delivery.webhook),
                .text(delivery.type.rawValue), .text(delivery.type.retryClass.rawValue),
                .integer(delivery.incident),
                .integer(delivery.seq), .moment(delivery.dueAt), .moment(delivery.createdAt),
                .moment(delivery.nextAt), .moment(delivery.expiresAt), .integer(delivery.attempts),
                .text(delivery.state.rawValue), .integer(delivery.lastStatus), .text(delivery.lastError),
                .integer(delivery.attemptsBefore),
            ])
    }

    /// Writes how an attempt ended, and lets go of the one that is beyond what is kept.
    func append(_ attempt: Attempt) throws(SQLFault) {
        // An end that comes after a success counts no attempt, so its number may be there already: the first one stands.
        try run(
            """
            INSERT INTO attempts (delivery, number, started_at, milliseconds, status, detail)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (delivery, number) DO NOTHING
            """,
            [
                .integer(attempt.delivery), .integer(attempt.number), .moment(attempt.startedAt),
                .integer(attempt.duration.wholeMilliseconds), .integer(attempt.status),
                .text(attempt.detail),
            ])
        guard attempt.number > Attempt.keptMax else { return }
        try run(
            "DELETE FROM attempts WHERE delivery = $1 AND number <= $2",
            [.integer(attempt.delivery), .integer(attempt.number - Attempt.keptMax)])
    }

    /// Forgets a delivery and its attempts.
    func forget(delivery id: Int) throws(SQLFault) {
        try run("DELETE FROM attempts WHERE delivery = $1", [.integer(id)])
        try run("DELETE FROM deliveries WHERE id = $1", [.integer(id)])
    }

    /// Writes what became of an attempt. What was superseded or cancelled meanwhile stays so, unless it did arrive; what arrived
    /// stays as it was.
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

    /// Gives a delivery a new life, whatever became of it before.
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
        of incident: Int, _ type: EventType, through delivery: Int
    ) throws(SQLFault) {
        // The class as a literal, so that the index of pending nags serves this.
        try run(
            """
            UPDATE deliveries SET state = 'superseded'
            WHERE incident = $1 AND retry_class = 'nag' AND type = $2 AND state = 'pending' AND id <= $3
            """, [.integer(incident), .text(type.rawValue), .integer(delivery)])
    }

    func write(_ webhook: Webhook) throws(SQLFault) {
        try run(
            """
            INSERT INTO endpoints (
                id, url, events, secret, created_at, disabled_at, disabled_reason, failing_since, previous_secrets,
                behind_since
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (id) DO UPDATE SET
                url = excluded.url, events = excluded.events, secret = excluded.secret,
                created_at = excluded.created_at, disabled_at = excluded.disabled_at,
                disabled_reason = excluded.disabled_reason, failing_since = excluded.failing_since,
                previous_secrets = excluded.previous_secrets, behind_since = excluded.behind_since
            """,
            [
                .text(webhook.id), .text(webhook.url), .texts(webhook.events), .text(webhook.secret),
                .moment(webhook.createdAt), .moment(webhook.disabledAt), .text(webhook.disabledReason),
                .moment(webhook.failingSince), .secrets(webhook.previousSecrets),
                .moment(webhook.behindSince),
            ])
    }

    func delete(webhook id: String) throws(SQLFault) {
        try run("DELETE FROM endpoints WHERE id = $1", [.text(id)])
        try cancelDeliveries(to: id)
    }

    func cancelDeliveries(to webhook: String) throws(SQLFault) {
        try run(
            "UPDATE deliveries SET state = 'cancelled' WHERE endpoint = $1 AND state = 'pending'",
            [.text(webhook)])
    }
}
