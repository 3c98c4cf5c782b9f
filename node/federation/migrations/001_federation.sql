-- compat: 1
-- The one hub this school belongs to; a single row once joined.
CREATE TABLE federation_membership (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    grant_json TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    standing TEXT NOT NULL,
    standing_reason TEXT NOT NULL,
    accepted_size INTEGER,
    log_refused TEXT NOT NULL,
    witness TEXT
) STRICT;

-- The enrolment request under way, kept so that a repeated join is the same request.
CREATE TABLE federation_enrolment (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    invitation TEXT NOT NULL,
    request_json TEXT NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;

-- The last counter used in a signed request: never used twice, not even after a crash.
CREATE TABLE federation_counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;

-- How the conversation goes; a single row.
CREATE TABLE federation_conversation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_try_at INTEGER,
    last_ok_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    next_try_at INTEGER
) STRICT;

CREATE TABLE federation_cursor (
    stream TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

-- This school's share of the directory: what it is now, and the change log that goes up.
CREATE TABLE federation_share (
    entry_id TEXT PRIMARY KEY,
    hash TEXT NOT NULL
) STRICT;
CREATE TABLE federation_change (
    seq INTEGER PRIMARY KEY,
    entry_id TEXT NOT NULL,
    entry TEXT
) STRICT;

-- Other schools' entries, so that staff can be looked up while the hub is away.
CREATE TABLE federation_entry (
    school_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    initials TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (school_id, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_entry_name ON federation_entry (name_key);
CREATE INDEX federation_entry_initials ON federation_entry (initials);

-- What came down that this version does not understand: kept, not lost.
CREATE TABLE federation_kept (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE VIEW federation_v_membership AS
SELECT standing, standing_reason, joined_at, accepted_size, log_refused
FROM federation_membership;
