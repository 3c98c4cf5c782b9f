-- compat: 105
-- What the province sent (protocol/supplies.py), and what the school said to it.
CREATE TABLE supplies_item (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    arrived_at INTEGER NOT NULL,
    answer TEXT NOT NULL,
    waits INTEGER NOT NULL,
    before TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
CREATE INDEX supplies_waiting ON supplies_item (waits) WHERE waits = 1;

-- The release of the handbook whose list was read last.
CREATE TABLE supplies_release (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT;
