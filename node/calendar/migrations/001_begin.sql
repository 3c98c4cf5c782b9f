-- compat: 84
-- What stands in the calendar. An entry lies within one school year (학년도), by which it is found;
-- days are the school's, as 2026-03-02.
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
    source TEXT NOT NULL
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
