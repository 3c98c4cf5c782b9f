-- compat: 84
-- A sign-up has courses with places. It is a draft until it is published; nothing comes in once it is
-- sealed, which a draw does at its closing; it is settled when every entry knows what became of it.
CREATE TABLE signups_signup (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    way TEXT NOT NULL,
    opens_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    siblings INTEGER NOT NULL,
    most INTEGER NOT NULL,
    promotes INTEGER NOT NULL,
    author_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    published_at INTEGER,
    sealed_at INTEGER,
    settled_at INTEGER,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX signups_published ON signups_signup (published_at DESC, id) WHERE published_at IS NOT NULL;
CREATE INDEX signups_open ON signups_signup (closes_at)
    WHERE published_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX signups_unsettled ON signups_signup (closes_at)
    WHERE published_at IS NOT NULL AND withdrawn_at IS NULL AND settled_at IS NULL AND way = 'draw';
CREATE INDEX signups_draft ON signups_signup (made_at DESC) WHERE published_at IS NULL;
CREATE INDEX signups_of ON signups_signup (author_id, closes_at);

CREATE TABLE signups_audience (
    signup_id TEXT NOT NULL REFERENCES signups_signup (id),
    key TEXT NOT NULL,
    PRIMARY KEY (signup_id, key)
) STRICT, WITHOUT ROWID;

-- `taken` children have a place; `waiting` are entered into a draw or wait for a place.
CREATE TABLE signups_course (
    id TEXT PRIMARY KEY,
    signup_id TEXT NOT NULL REFERENCES signups_signup (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    places INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX signups_course_of ON signups_course (signup_id, position);

-- One child, or siblings who stay together. `number` is what others see of it; `rank` its turn in the
-- course: as it came in, or as it was drawn.
CREATE TABLE signups_entry (
    id TEXT PRIMARY KEY,
    signup_id TEXT NOT NULL REFERENCES signups_signup (id),
    course_id TEXT NOT NULL REFERENCES signups_course (id),
    number TEXT NOT NULL,
    by_id TEXT NOT NULL,
    children INTEGER NOT NULL,
    state TEXT NOT NULL,
    rank INTEGER NOT NULL,
    at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (signup_id, number)
) STRICT;
CREATE INDEX signups_entry_rank ON signups_entry (course_id, rank);
CREATE INDEX signups_entry_waiting ON signups_entry (course_id, rank) WHERE state = 'waiting';
CREATE INDEX signups_entry_by ON signups_entry (by_id, at);

-- A child is signed up for a course once.
CREATE TABLE signups_child (
    entry_id TEXT NOT NULL REFERENCES signups_entry (id),
    student_id TEXT NOT NULL,
    signup_id TEXT NOT NULL,
    course_id TEXT NOT NULL,
    holds INTEGER NOT NULL,
    PRIMARY KEY (entry_id, student_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX signups_child_once ON signups_child (course_id, student_id) WHERE holds = 1;
CREATE INDEX signups_child_of ON signups_child (student_id, signup_id);

-- The seed stays here until the draw; its hash is in the log from the beginning on.
CREATE TABLE signups_draw (
    signup_id TEXT PRIMARY KEY REFERENCES signups_signup (id),
    seed TEXT NOT NULL,
    promised_leaf INTEGER NOT NULL,
    list TEXT,
    drawn_leaf INTEGER
) STRICT, WITHOUT ROWID;

-- What a page has sent, so that the same sent again is the same entry.
CREATE TABLE signups_submission (
    page TEXT PRIMARY KEY,
    entries TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signups_submission_at ON signups_submission (at);

-- What others may read.
CREATE VIEW signups_v_signup AS
SELECT id, title, text, way, opens_at, closes_at, published_at FROM signups_signup
WHERE published_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE VIEW signups_v_audience AS SELECT signup_id, key FROM signups_audience;
CREATE VIEW signups_v_course AS SELECT id, signup_id, position, name, note FROM signups_course;
