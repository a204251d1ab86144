-- Documents: what is kept in versions beside the incidents. How one is found; what it says is in its entries. Holds no words.
-- key: what kind of document, and its name as names are compared: 'people/bob'.
CREATE TABLE documents (
    number     INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE UNIQUE INDEX documents_id ON documents (id);

-- A name has one document, whatever became of it.
CREATE UNIQUE INDEX documents_key ON documents (key);
