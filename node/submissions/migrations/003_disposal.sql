-- compat: 113
-- Papers whose period of retention is over are disposed of (파기) once a person has approved it: of a kind those of
-- one year (of their last happening), how many there were and how many are gone.
CREATE TABLE submissions_disposal (
    id TEXT PRIMARY KEY,
    type_id TEXT NOT NULL,
    type_name TEXT NOT NULL,
    year INTEGER NOT NULL,
    retention_years INTEGER NOT NULL,
    count INTEGER NOT NULL,
    done INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX submissions_disposal_at ON submissions_disposal (at);
CREATE UNIQUE INDEX submissions_disposal_open ON submissions_disposal (type_id, year) WHERE done_at IS NULL;

-- What nothing is to happen to any more, by kind and its last happening.
CREATE INDEX submissions_paper_closed ON submissions_paper (type_id, updated_at)
WHERE state IN ('returned', 'approved', 'rejected', 'withdrawn', 'report_waits', 'reported');
