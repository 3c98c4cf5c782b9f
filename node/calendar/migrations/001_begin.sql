-- compat: 84
-- What stands in the calendar. An entry lies within one school year (학년도), by which it is found;
-- days are the school's, as 2026-03-02. `origin` names the line of a file that brought it, also where
-- hands have changed it since.
CREATE TABLE calendar_entry (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    place TEXT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    blocks INTEGER NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL
) STRICT;
CREATE INDEX calendar_in_year ON calendar_entry (year, first_on);

CREATE TABLE calendar_audience (
    entry_id TEXT NOT NULL REFERENCES calendar_entry (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    PRIMARY KEY (entry_id, key)
) STRICT, WITHOUT ROWID;

-- Public holidays that the school does not keep.
CREATE TABLE calendar_struck (
    day TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What hands and files changed, so that it can be taken back: the entries before and after, as JSON;
-- NULL where there was or is none.
CREATE TABLE calendar_change (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;
CREATE INDEX calendar_changes ON calendar_change (at);
CREATE INDEX calendar_change_by ON calendar_change (by_id, at);

CREATE TABLE calendar_changed (
    change_id TEXT NOT NULL REFERENCES calendar_change (id) ON DELETE CASCADE,
    entry_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (change_id, entry_id)
) STRICT, WITHOUT ROWID;

-- The private address under which somebody's calendar program asks; of its secret only the hash.
CREATE TABLE calendar_subscription (
    person_id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
