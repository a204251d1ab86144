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

-- Grows with every change to tokens or endpoints, whoever makes it; each instance looks at it every second.
INSERT INTO meta (key, value) VALUES ('revision', 0);

-- The timeline of every incident, in the order of commits. Append only: see the triggers below.
CREATE TABLE entries (
    position     INTEGER PRIMARY KEY,
    incident     INTEGER NOT NULL,
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
    once_key     TEXT
) STRICT;

-- One incident's timeline in order, and no seq twice.
CREATE UNIQUE INDEX entries_timeline ON entries (incident, seq);

-- A nag's number and a message of another system stand in an incident once.
CREATE UNIQUE INDEX entries_once ON entries (incident, once_key) WHERE once_key IS NOT NULL;

-- Before, not by a constraint alone: INSERT OR REPLACE would delete the row in the way without a word.
CREATE TRIGGER entries_append_only_insert BEFORE INSERT ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries: position must follow the last one')
    WHERE new.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM entries);
    SELECT RAISE(ABORT, 'entries: seq must follow the last one of the incident')
    WHERE new.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM entries WHERE incident = new.incident);
    SELECT RAISE(ABORT, 'entries: once_key is there already')
    WHERE EXISTS (SELECT 1 FROM entries WHERE incident = new.incident AND once_key = new.once_key);
END;

-- The one change there is: a redaction erases words and salt, and nothing else.
CREATE TRIGGER entries_append_only_update BEFORE UPDATE ON entries
WHEN NOT (
    new.words IS NULL AND new.salt IS NULL
    AND new.position IS old.position AND new.incident IS old.incident AND new.seq IS old.seq AND new.id IS old.id
    AND new.kind IS old.kind AND new.author IS old.author AND new.posted_by IS old.posted_by
    AND new.occurred_at IS old.occurred_at AND new.recorded_at IS old.recorded_at
    AND new.visibility IS old.visibility AND new.facts IS old.facts AND new.words_digest IS old.words_digest
    AND new.hash IS old.hash AND new.once_key IS old.once_key
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
CREATE TABLE idempotency_keys (
    id             INTEGER PRIMARY KEY,
    key_digest     BLOB    NOT NULL,
    request_digest BLOB    NOT NULL,
    status         INTEGER NOT NULL,
    subject        TEXT    NOT NULL,
    incident       INTEGER,
    seq            INTEGER,
    ref            TEXT,
    message_id     TEXT,
    warnings       TEXT,
    created_at     INTEGER NOT NULL
) STRICT;

-- Events on their way to endpoints. No bodies: they are made at the attempt, from the journal.
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY,
    message_id  TEXT    NOT NULL,
    endpoint    TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    retry_class TEXT    NOT NULL,
    incident    INTEGER,
    seq         INTEGER,
    due_at      INTEGER,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    last_status INTEGER,
    last_error  TEXT
) STRICT;

-- A receiver's question: what became of this webhook-id?
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id);

-- What is due to an endpoint, and when the next one is.
CREATE INDEX deliveries_due ON deliveries (endpoint, retry_class, next_at, id) WHERE state = 'pending';

-- An update makes its incident's waiting nags worthless.
CREATE INDEX deliveries_pending_nags ON deliveries (incident, id) WHERE state = 'pending' AND retry_class = 'nag';

-- A deadline is announced to an endpoint once, whichever instance is first.
CREATE UNIQUE INDEX deliveries_due_soon ON deliveries (endpoint, type, incident, due_at) WHERE type = 'update.due_soon';

CREATE TABLE endpoints (
    id              TEXT PRIMARY KEY,
    url             TEXT    NOT NULL,
    events          TEXT    NOT NULL,
    secret          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    disabled_at     INTEGER,
    disabled_reason TEXT,
    failing_since   INTEGER
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

CREATE TRIGGER endpoints_revision_insert AFTER INSERT ON endpoints
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER endpoints_revision_update AFTER UPDATE ON endpoints
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;

CREATE TRIGGER endpoints_revision_delete AFTER DELETE ON endpoints
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;
