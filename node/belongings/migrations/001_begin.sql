-- compat: 126
-- What was found. `big`, `small`: contents of its picture and thumbnail, '' without one; `claimed_at`: since
-- when somebody says that it is theirs; closed things go after a month.
CREATE TABLE belongings_thing (
    id TEXT PRIMARY KEY,
    words TEXT NOT NULL,
    place TEXT NOT NULL,
    found_on TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    big TEXT NOT NULL,
    small TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    claimed_at INTEGER,
    closed_at INTEGER,
    ending TEXT NOT NULL DEFAULT '',
    handed_to TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX belongings_open ON belongings_thing (at DESC, id) WHERE closed_at IS NULL;
CREATE INDEX belongings_claimed ON belongings_thing (claimed_at) WHERE closed_at IS NULL AND claimed_at IS NOT NULL;
CREATE INDEX belongings_closed ON belongings_thing (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX belongings_by ON belongings_thing (by_id, at DESC);
CREATE INDEX belongings_big ON belongings_thing (big);
CREATE INDEX belongings_small ON belongings_thing (small);

-- Who says that it is theirs, or (`owner_id`) their child's.
CREATE TABLE belongings_claim (
    thing_id TEXT NOT NULL REFERENCES belongings_thing (id),
    person_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    words TEXT NOT NULL,
    at INTEGER NOT NULL,
    has_it INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thing_id, person_id, owner_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX belongings_claim_of ON belongings_claim (person_id, at DESC);
CREATE INDEX belongings_claim_for ON belongings_claim (owner_id);

-- What others may read: what is still there.
CREATE VIEW belongings_v_thing AS
SELECT id, words, place, found_on, kept_at, at FROM belongings_thing WHERE closed_at IS NULL;
