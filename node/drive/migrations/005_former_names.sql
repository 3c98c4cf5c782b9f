-- compat: 4
-- A file that a program put aside under a name of its own, and what it was called: forgotten within minutes.
CREATE TABLE drive_aside (
    item_id TEXT PRIMARY KEY REFERENCES drive_item (id) ON DELETE CASCADE,
    folder_id TEXT NOT NULL,
    folded TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drive_aside_name ON drive_aside (folder_id, folded, at);
CREATE INDEX drive_aside_at ON drive_aside (at);
