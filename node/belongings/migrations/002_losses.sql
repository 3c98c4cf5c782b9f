-- compat: 126
-- What somebody misses, for themselves or (`owner_id`) a child; `thing_id`: what staff found that may be it, '' none.
CREATE TABLE belongings_loss (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    words TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    thing_id TEXT NOT NULL DEFAULT '',
    closed_at INTEGER
) STRICT;
CREATE INDEX belongings_loss_open ON belongings_loss (at DESC, id) WHERE closed_at IS NULL;
CREATE INDEX belongings_loss_closed ON belongings_loss (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX belongings_loss_by ON belongings_loss (person_id, at DESC);
CREATE INDEX belongings_loss_for ON belongings_loss (owner_id, at DESC);
