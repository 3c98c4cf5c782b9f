-- compat: 1
-- A question and its answer. Only the asker reads it; it goes when they remove it, or after a while.
CREATE TABLE assistant_turn (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    question TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    sentences TEXT NOT NULL DEFAULT '[]',
    sources TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    helpful INTEGER,
    finished_at INTEGER
) STRICT;
CREATE INDEX assistant_turn_person ON assistant_turn (person_id, asked_at DESC);
CREATE INDEX assistant_turn_age ON assistant_turn (asked_at);

-- A question handed over to the office: the asker decided that people there may read it.
CREATE TABLE assistant_handover (
    turn_id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    person_name TEXT NOT NULL,
    person_label TEXT NOT NULL,
    question TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    reply TEXT NOT NULL DEFAULT '',
    replied_by TEXT NOT NULL DEFAULT '',
    replied_at INTEGER,
    seen_at INTEGER
) STRICT;
CREATE INDEX assistant_handover_open ON assistant_handover (replied_at, handed_at);
CREATE INDEX assistant_handover_person ON assistant_handover (person_id, replied_at);

-- What the worker's index has not heard of yet; `revision` counts the changes.
CREATE TABLE assistant_stale (
    subject TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
