-- Webhooks as people run them: every attempt, retry by hand, secrets that change, endpoints that are far behind.
-- Whatever an older Drumbeat does not know here may stay empty, so it may go on with the database.

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

-- A webhook's deliveries, newest first, of one state or (state by state) of all; and how many wait.
CREATE INDEX deliveries_listed ON deliveries (endpoint, state, id);

-- How many attempts there were when somebody had it sent again by hand: the schedule counts on from there.
ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0;

-- Secrets that sign beside the current one, until when: [{"secret": "whsec_...", "until": <ms>}], newest first.
ALTER TABLE endpoints ADD COLUMN previous_secrets TEXT;

-- Since when too much waits for it.
ALTER TABLE endpoints ADD COLUMN behind_since INTEGER;

-- What the answer showed, secrets as null, where the row it is about may be another one by the time of a repeat.
ALTER TABLE idempotency_keys ADD COLUMN shown TEXT;
