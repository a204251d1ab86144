-- Deploys that no freeze stopped: the suspects of an incident declared within the hour. They are of no incident, so the journal does not have
-- them; the last 1,000 are kept, for 7 days.
-- scope: as typed. scope_key: what scopes are compared by; '*' for everything.
CREATE TABLE deploys (
    id        INTEGER PRIMARY KEY,
    scope     TEXT    NOT NULL,
    scope_key TEXT    NOT NULL,
    what      TEXT    NOT NULL,
    author    TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX deploys_at ON deploys (at);

-- The entries of kinds that shape nothing, but for these: suspects and todos, which an incident lists. Those of an earlier version have no such
-- facts, so a start reads none of them.
CREATE INDEX entries_listed ON entries (stream, seq)
WHERE kind IN ('hypothesis', 'todo') AND instr(facts, '"suspect":') + instr(facts, '"owner":') > 0;

-- Whether the incident does not exist for tokens below scope command. An older version keeps the value, and makes no incident confidential.
ALTER TABLE incidents ADD COLUMN confidential INTEGER NOT NULL DEFAULT 0;

-- Read at a start.
CREATE INDEX incidents_confidential ON incidents (number) WHERE confidential = 1;
