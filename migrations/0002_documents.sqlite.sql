-- Documents: index data of versioned documents; their content, but for the name, is in the entries.
-- key: the kind and the normalised name: 'people/bob'.
CREATE TABLE documents (
    number     INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE UNIQUE INDEX documents_id ON documents (id);

-- A name has one document, deleted or not.
CREATE UNIQUE INDEX documents_key ON documents (key);
