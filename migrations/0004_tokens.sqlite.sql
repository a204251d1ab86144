-- The end of a token, and its last use, to the minute.
-- A release that does not know these columns takes a token beyond its end, and keeps no uses.
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;

ALTER TABLE tokens ADD COLUMN last_used_at INTEGER;

-- A use is no change that every instance must see at once.
DROP TRIGGER tokens_revision_update;

CREATE TRIGGER tokens_revision_update
AFTER UPDATE OF id, name, scope, secret_hash, created_at, revoked_at, expires_at ON tokens
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'revision'; END;
