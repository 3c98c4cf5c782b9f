-- compat: 80
-- What was made of a file's content, once for all that carry it. A school that has some keeps it:
-- migration 011 of newsletters puts its table into the place of this one. Whoever changes the table later
-- comes after it (`-- after: node.newsletters 11`).
CREATE TABLE files_preview (
    sha256 TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    state TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]',
    page_count INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT '',
    made_at INTEGER,
    unread TEXT NOT NULL DEFAULT '[]',
    is_cut INTEGER NOT NULL DEFAULT 0
) STRICT;
