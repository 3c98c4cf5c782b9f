-- compat: 78
-- What was sent back to its author, and why, until it is asked for anew or is no more.
CREATE TABLE approval_returned (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    author_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    returned_at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_returned_author ON approval_returned (author_id, kind, returned_at);
