-- When the last progress was recorded, as of the entry progress_seq, so that a start need not read every note. A row whose progress_seq is not
-- its seq was written by an older version, which does not know the columns.
ALTER TABLE incidents ADD COLUMN progress_at INTEGER;
ALTER TABLE incidents ADD COLUMN progress_seq INTEGER;

-- When the next nag about an ended incident is due; NULL for none and for open incidents.
ALTER TABLE incidents ADD COLUMN ended_alarm_at INTEGER;

-- Read at a start.
CREATE INDEX incidents_ended_alarms ON incidents (number) WHERE ended_alarm_at IS NOT NULL;

-- Number of attempts that failed since the last success, counted up to 3.
ALTER TABLE webhooks ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;

-- Whether and when the nags about an incident were delivered.
CREATE INDEX deliveries_nags ON deliveries (stream, seq) WHERE retry_class = 'nag';
