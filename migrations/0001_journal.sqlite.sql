-- The journal, the tables around it, and its guards. Moments are milliseconds since 1970, UTC.

-- "DRMB": distinguishes this database from those of other applications.
PRAGMA application_id = 1146244418;

-- Applied migrations. min_compatible: the oldest schema a Drumbeat must know to use the database after this migration.
CREATE TABLE schema_migrations (
    version        INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    checksum       TEXT    NOT NULL,
    min_compatible INTEGER NOT NULL,
    applied_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY  NOT NULL
) STRICT;

-- Grows with every change to tokens or webhooks, by any process; each instance reads it every second.
INSERT INTO meta (key, value) VALUES ('revision', 0);

-- The entries of all streams, in commit order. Append only: see the triggers below.
-- stream: the aggregate's code x 2^40 + its number; an incident's stream equals its number.
-- amends: the seq of the entry of the same stream that this one amends, as in its facts.
CREATE TABLE entries (
    position     INTEGER PRIMARY KEY,
    stream       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    posted_by    TEXT    NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    visibility   TEXT    NOT NULL,
    facts        TEXT    NOT NULL,
    words        TEXT,
    salt         BLOB,
    words_digest BLOB    NOT NULL,
    hash         BLOB    NOT NULL,
    once_key     TEXT,
    amends       INTEGER
) STRICT;

-- Reads a stream in order, and keeps seqs unique.
CREATE UNIQUE INDEX entries_stream ON entries (stream, seq);

-- Deduplication: a nag's number and a message of another system are unique within a stream.
CREATE UNIQUE INDEX entries_once ON entries (stream, once_key) WHERE once_key IS NOT NULL;

-- The amendments of an entry, which are shown with it.
CREATE INDEX entries_amending ON entries (stream, amends, seq) WHERE amends IS NOT NULL;

-- Entries that make an entry public later, so that a list by visibility skips all other amendments.
CREATE INDEX entries_publishing ON entries (stream, amends) WHERE amends IS NOT NULL AND visibility = 'public';

-- The kinds that startup folds. An incident with a hundred thousand notes starts as fast as one without, and a note costs this index
-- nothing.
CREATE INDEX entries_shaping ON entries (stream, seq)
WHERE kind NOT IN ('note', 'hypothesis', 'decision', 'todo');

-- A BEFORE trigger in addition to the constraints: INSERT OR REPLACE would silently delete the conflicting row.
CREATE TRIGGER entries_append_only_insert BEFORE INSERT ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries: position must follow the last one')
    WHERE new.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM entries);
    SELECT RAISE(ABORT, 'entries: seq must follow the last one of the stream')
    WHERE new.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM entries WHERE stream = new.stream);
    SELECT RAISE(ABORT, 'entries: once_key is there already')
    WHERE EXISTS (SELECT 1 FROM entries WHERE stream = new.stream AND once_key = new.once_key);
END;

-- The only allowed change: a redaction erases words and salt.
CREATE TRIGGER entries_append_only_update BEFORE UPDATE ON entries
WHEN NOT (
    new.words IS NULL AND new.salt IS NULL
    AND new.position IS old.position AND new.stream IS old.stream AND new.seq IS old.seq AND new.id IS old.id
    AND new.kind IS old.kind AND new.author IS old.author AND new.posted_by IS old.posted_by
    AND new.occurred_at IS old.occurred_at AND new.recorded_at IS old.recorded_at
    AND new.visibility IS old.visibility AND new.facts IS old.facts AND new.words_digest IS old.words_digest
    AND new.hash IS old.hash AND new.once_key IS old.once_key AND new.amends IS old.amends
)
BEGIN
    SELECT RAISE(ABORT, 'entries: append only, a redaction may erase words and salt');
END;

CREATE TRIGGER entries_append_only_delete BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries: append only');
END;

-- Index data of incidents, so that lists need no fold. Holds no words.
CREATE TABLE incidents (
    number           INTEGER PRIMARY KEY,
    id               TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    severity         TEXT    NOT NULL,
    seq              INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    declared_at      INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    changed_position INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX incidents_id ON incidents (id);

-- The open incidents among thousands of ended ones: for startup and the default list.
CREATE INDEX incidents_open ON incidents (number) WHERE status NOT IN ('resolved', 'cancelled');

-- Idempotency records: outcomes of writes with an Idempotency-Key. No index on the digest: the lane has one in memory.
-- shown: body of an answer about a resource outside streams, secrets as null, because its row may change before a replay.
CREATE TABLE idempotency_records (
    id             INTEGER PRIMARY KEY,
    key_digest     BLOB    NOT NULL,
    request_digest BLOB    NOT NULL,
    status         INTEGER NOT NULL,
    subject        TEXT    NOT NULL,
    stream         INTEGER,
    seq            INTEGER,
    ref            TEXT,
    warnings       TEXT,
    shown          TEXT,
    created_at     INTEGER NOT NULL
) STRICT;

-- Webhook deliveries. No bodies: they are built from the journal at each attempt.
-- attempts_before: number of attempts before the last manual retry; the backoff schedule counts from there.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY,
    message_id      TEXT    NOT NULL,
    webhook         TEXT    NOT NULL,
    type            TEXT    NOT NULL,
    retry_class     TEXT    NOT NULL,
    stream          INTEGER,
    seq             INTEGER,
    due_at          INTEGER,
    created_at      INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    attempts_before INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    last_status     INTEGER,
    last_error      TEXT
) STRICT;

-- Look-up by a receiver's webhook-id.
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id);

-- Due deliveries of a webhook, and when its next one is due.
CREATE INDEX deliveries_due ON deliveries (webhook, retry_class, next_at, id) WHERE state = 'pending';

-- A webhook's deliveries, newest first, of one state or (state by state) of all; and the number of pending ones.
CREATE INDEX deliveries_listed ON deliveries (webhook, state, id);

-- Pending nags of a stream, which an update supersedes.
CREATE INDEX deliveries_pending_nags ON deliveries (stream, id) WHERE state = 'pending' AND retry_class = 'nag';

-- Deduplication: a deadline is announced to a webhook once, by whichever instance is first.
CREATE UNIQUE INDEX deliveries_due_soon ON deliveries (webhook, type, stream, due_at) WHERE type = 'update.due_soon';

-- The newest attempts of each delivery. detail: of the response, or why there was none.
CREATE TABLE attempts (
    delivery     INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    status       INTEGER,
    detail       TEXT    NOT NULL,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- previous_secrets: rotated secrets that still sign, with their expiry: [{"secret": "whsec_...", "until": <ms>}], newest first.
-- behind_since: since when the backlog is over its limits.
CREATE TABLE webhooks (
    id               TEXT PRIMARY KEY,
    url              TEXT    NOT NULL,
    events           TEXT    NOT NULL,
    secret           TEXT    NOT NULL,
    previous_secrets TEXT,
    created_at       INTEGER NOT NULL,
    disabled_at      INTEGER,
    disabled_reason  TEXT,
    failing_since    INTEGER,
    behind_since     INTEGER
) STRICT;

-- Stores the SHA-256 of secrets only.
CREATE TABLE tokens (
    id          TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    secret_hash BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX tokens_secret ON tokens (secret_hash);

-- Lets a running service notice a `token create` of another process.
CREATE TRIGGER tokens_revision_insert AFTER INSERT ON tokens
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER tokens_revision_update AFTER UPDATE ON tokens
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER tokens_revision_delete AFTER DELETE ON tokens
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER webhooks_revision_insert AFTER INSERT ON webhooks
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER webhooks_revision_update AFTER UPDATE ON webhooks
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER webhooks_revision_delete AFTER DELETE ON webhooks
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;
