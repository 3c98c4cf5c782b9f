-- compat: 4
-- Lists that somebody said yes to, which are taken over in portions. `progress`: tallies, faults and
-- who waits or joined, as JSON (node/people/imported.py); `stopped`: why it came to no end.
CREATE TABLE people_import (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    stopped TEXT NOT NULL DEFAULT '',
    lines INTEGER NOT NULL,
    progress TEXT NOT NULL
) STRICT;
CREATE INDEX people_import_running ON people_import (began_at) WHERE ended_at IS NULL;

-- What is still to be taken over, as JSON; a portion goes with the unit that takes it over.
CREATE TABLE people_import_portion (
    import_id TEXT NOT NULL REFERENCES people_import (id),
    number INTEGER NOT NULL,
    portion TEXT NOT NULL,
    PRIMARY KEY (import_id, number)
) STRICT;
