-- compat: 3
-- What somebody is told of a change of access, their own or (administrators) another's. `gained` and
-- `lost`: roles or departments as JSON; `others`: of how many more people the line is.
CREATE TABLE notify_access (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    what TEXT NOT NULL,
    about_id TEXT NOT NULL,
    about TEXT NOT NULL,
    by TEXT NOT NULL,
    gained TEXT NOT NULL,
    lost TEXT NOT NULL,
    others INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE INDEX notify_access_person ON notify_access (person_id, at DESC);
CREATE INDEX notify_access_unseen ON notify_access (person_id) WHERE seen_at IS NULL;
