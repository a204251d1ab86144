import Incidents
import Journal
import SQL
import Time

/// The statements of the one transaction that a turn of the lane is.
extension Database {
    /// The ends of what is stored, in one snapshot.
    func head() throws(SQLFault) -> JournalHead {
        let head = try first(
            """
            SELECT
                (SELECT COALESCE(MAX(position), 0) FROM entries),
                (SELECT COALESCE(MAX(number), 0) FROM incidents),
                (SELECT COALESCE(MAX(id), 0) FROM deliveries),
                (SELECT COALESCE(MAX(id), 0) FROM idempotency_keys)
            """
        ) { (row) throws(SQLFault) in
            JournalHead(
                position: try row.count(0), incident: try row.count(1), delivery: try row.count(2),
                key: try row.count(3))
        }
        return head ?? JournalHead()
    }

    /// Writes a batch, in an order in which later parts see earlier ones: a nag made and outdated in the same turn is
    /// superseded, a webhook written and deleted stays deleted.
    func append(_ batch: Batch) throws(SQLFault) {
        for entry in batch.entries { try append(entry) }
        for incident in batch.incidents { try write(incident) }
        for key in batch.keys { try append(key) }
        for delivery in batch.deliveries { try append(delivery) }
        for result in batch.results { try write(result) }
        for attempt in batch.attempts { try append(attempt) }
        for nags in batch.supersededNags {
            for type in nags.types {
                try supersedeNags(of: nags.incident, type, through: nags.throughDelivery)
            }
        }
        for token in batch.tokens { try append(token) }
        for token in batch.revokedTokens { try revoke(token: token.id, at: token.at) }
        for webhook in batch.webhooks { try write(webhook) }
        for webhook in batch.deletedWebhooks { try delete(webhook: webhook) }
        for webhook in batch.cancelledWebhooks { try cancelDeliveries(to: webhook) }
        if let moment = batch.forgetKeysBefore { try forgetKeys(before: moment) }
        for delivery in batch.forgottenDeliveries { try forget(delivery: delivery) }
        if batch.isProbe { try run("UPDATE meta SET value = value WHERE key = 'revision'") }
    }

    private func append(_ entry: StoredEntry) throws(SQLFault) {
        try run(
            """
            INSERT INTO entries (
                position, incident, seq, id, kind, author, posted_by, occurred_at, recorded_at, visibility, facts, words,
                salt, words_digest, hash, once_key
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                .integer(entry.position), .integer(entry.incident), .integer(entry.seq), .text(entry.id),
                .text(entry.kind.rawValue), .text(entry.author), .text(entry.postedBy),
                .moment(entry.occurredAt),
                .moment(entry.recordedAt), .text(entry.visibility.rawValue), .utf8(entry.facts),
                .utf8(entry.words),
                .blob(entry.salt), .blob(entry.wordsDigest), .blob(entry.hash), .text(entry.onceKey),
            ])
    }

    private func write(_ incident: IncidentRow) throws(SQLFault) {
        try run(
            """
            INSERT INTO incidents (
                number, id, status, severity, seq, version, declared_at, recorded_at, changed_at, changed_position
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (number) DO UPDATE SET
                status = excluded.status, severity = excluded.severity, seq = excluded.seq, version = excluded.version,
                declared_at = excluded.declared_at, recorded_at = excluded.recorded_at,
                changed_at = excluded.changed_at, changed_position = excluded.changed_position
            """,
            [
                .integer(incident.number), .text(incident.id.text), .text(incident.status.rawValue),
                .text(incident.severity.rawValue), .integer(incident.seq), .integer(incident.version),
                .moment(incident.declaredAt), .moment(incident.recordedAt), .moment(incident.changedAt),
                .integer(incident.changedPosition),
            ])
    }

    private func append(_ key: IdempotencyRecord) throws(SQLFault) {
        let subject = SubjectColumns(key.subject)
        try run(
            """
            INSERT INTO idempotency_keys (
                id, key_digest, request_digest, status, subject, incident, seq, ref, message_id, warnings, created_at,
                shown
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .integer(key.id), .blob(key.keyDigest), .blob(key.requestDigest), .integer(key.status),
                .text(subject.name), .integer(subject.incident), .integer(subject.seq), .text(subject.ref),
                .text(subject.messageID), key.warnings.isEmpty ? .null : .texts(key.warnings),
                .moment(key.createdAt), .utf8(key.shown),
            ])
    }

    /// Forgets keys from the old end: ids ascend with time, so it reads no further than it deletes.
    ///
    /// At most 100,000 a turn, so that a long outage's worth does not hold the lane up. The last key stays, so that ids are
    /// never given twice.
    private func forgetKeys(before moment: Timestamp) throws(SQLFault) {
        try run(
            """
            DELETE FROM idempotency_keys
            WHERE id < (
                SELECT COALESCE(
                    (SELECT id FROM idempotency_keys WHERE created_at >= $1 ORDER BY id LIMIT 1),
                    (SELECT MAX(id) FROM idempotency_keys)))
            AND id < (SELECT MIN(id) FROM idempotency_keys) + 100000
            """, [.moment(moment)])
    }
}

/// The statements about tokens, which the lane and `TokenStore` share.
extension Database {
    func append(_ token: Token) throws(SQLFault) {
        try run(
            """
            INSERT INTO tokens (id, name, scope, secret_hash, created_at, revoked_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(token.id), .text(token.name), .text(token.scope.rawValue), .blob(token.secretHash),
                .moment(token.createdAt), .moment(token.revokedAt),
            ])
    }

    /// Revokes a token that is still good; `changes` says whether there was one.
    func revoke(token id: String, at moment: Timestamp) throws(SQLFault) {
        try run(
            "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            [.text(id), .moment(moment)])
    }

    func tokens() throws(SQLFault) -> [Token] {
        try rows(
            "SELECT id, name, scope, secret_hash, created_at, revoked_at FROM tokens ORDER BY created_at DESC, id DESC",
            [], Token.init(row:))
    }
}
