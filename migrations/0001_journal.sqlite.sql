-- The journal, what hangs on it, and what guards it. Moments are milliseconds since 1970, UTC.

-- "DRMB": by this a foreign SQLite file is told from ours.
PRAGMA application_id = 1146244418;

-- Which steps were taken. min_compatible: the oldest schema a Drumbeat must know to use the database after this step.
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

-- Grows with every change to tokens or webhooks, whoever makes it; each instance looks at it every second.
INSERT INTO meta (key, value) VALUES ('revision', 0);

-- The entries of every stream, in the order of commits. Append only: see the triggers below.
-- stream: the aggregate's code x 2^40 + its number; an incident's stream is its number.
-- amends: the entry of the stream, by seq, that this one says something about, as its facts have it.
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

-- One stream in order, and no seq twice.
CREATE UNIQUE INDEX entries_stream ON entries (stream, seq);

-- A nag's number and a message of another system stand in a stream once.
CREATE UNIQUE INDEX entries_once ON entries (stream, once_key) WHERE once_key IS NOT NULL;

-- What was said of an entry later: it is shown with it.
CREATE INDEX entries_amending ON entries (stream, amends, seq) WHERE amends IS NOT NULL;

-- What makes an entry public later, so that a list by visibility passes over all else that was said of it.
CREATE INDEX entries_publishing ON entries (stream, amends) WHERE amends IS NOT NULL AND visibility = 'public';

-- What a start folds: the kinds that shape an incident. One with a hundred thousand notes starts as fast as one with none, and a note
-- costs this index nothing.
CREATE INDEX entries_shaping ON entries (stream, seq)
WHERE kind NOT IN ('note', 'hypothesis', 'decision', 'todo');

-- Before, not by a constraint alone: INSERT OR REPLACE would delete the row in the way without a word.
CREATE TRIGGER entries_append_only_insert BEFORE INSERT ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries: position must follow the last one')
    WHERE new.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM entries);
    SELECT RAISE(ABORT, 'entries: seq must follow the last one of the stream')
    WHERE new.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM entries WHERE stream = new.stream);
    SELECT RAISE(ABORT, 'entries: once_key is there already')
    WHERE EXISTS (SELECT 1 FROM entries WHERE stream = new.stream AND once_key = new.once_key);
END;

-- The one change there is: a redaction erases words and salt, and nothing else.
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

-- What a list shows of an incident without folding it. Holds no words.
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

-- The open ones among thousands of ended ones: the board at start, and the default list.
CREATE INDEX incidents_open ON incidents (number) WHERE status NOT IN ('resolved', 'cancelled');

-- Outcomes of writes that carried an Idempotency-Key. No index on the digest: the lane keeps that in memory.
-- shown: the body of an answer about what is no stream, secrets as null; its row may be another one by the time of a repeat.
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

-- Events on their way to webhooks. No bodies: they are made at the attempt, from the journal.
-- attempts_before: how many there were when somebody had it sent again by hand; the schedule counts on from there.
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

-- A receiver's question: what became of this webhook-id?
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id);

-- What is due to a webhook, and when the next one is.
CREATE INDEX deliveries_due ON deliveries (webhook, retry_class, next_at, id) WHERE state = 'pending';

-- A webhook's deliveries, newest first, of one state or (state by state) of all; and how many wait.
CREATE INDEX deliveries_listed ON deliveries (webhook, state, id);

-- An update makes its stream's waiting nags worthless.
CREATE INDEX deliveries_pending_nags ON deliveries (stream, id) WHERE state = 'pending' AND retry_class = 'nag';

-- A deadline is announced to a webhook once, whichever instance is first.
CREATE UNIQUE INDEX deliveries_due_soon ON deliveries (webhook, type, stream, due_at) WHERE type = 'update.due_soon';

-- How each attempt of a delivery ended; the newest ones of each. detail: of the answer, or why there was none.
CREATE TABLE attempts (
    delivery     INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    status       INTEGER,
    detail       TEXT    NOT NULL,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- previous_secrets: those that sign beside the current one, until when: [{"secret": "whsec_...", "until": <ms>}], newest first.
-- behind_since: since when too much waits for it.
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

-- Secrets as their SHA-256 only.
CREATE TABLE tokens (
    id          TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    secret_hash BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX tokens_secret ON tokens (secret_hash);

-- So that `token create` beside a running service is seen by it.
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
