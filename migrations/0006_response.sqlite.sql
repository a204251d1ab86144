-- Whether the incident does not exist for tokens below scope command. An older version keeps the value, and makes no incident confidential.
ALTER TABLE incidents ADD COLUMN confidential INTEGER NOT NULL DEFAULT 0;

-- Read at a start.
CREATE INDEX incidents_confidential ON incidents (number) WHERE confidential = 1;
