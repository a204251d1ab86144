-- What a webhook speaks, whom it reaches (NULL for everyone), and what its kind needs besides the URL, as JSON.
-- A release that does not know these columns sends signed events to every URL, which other kinds refuse.
ALTER TABLE webhooks ADD COLUMN kind TEXT NOT NULL DEFAULT 'standard';

ALTER TABLE webhooks ADD COLUMN person TEXT;

ALTER TABLE webhooks ADD COLUMN options TEXT;
