-- Name of the token that recorded a deploy: while there are too many, the oldest of the token that recorded most go first. Empty for those of an
-- earlier version.
ALTER TABLE deploys ADD COLUMN posted_by TEXT NOT NULL DEFAULT '';

CREATE INDEX deploys_posted ON deploys (posted_by);
