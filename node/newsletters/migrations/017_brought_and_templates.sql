-- compat: 84
-- What somebody has ticked of the things that a class notice asks for: the thing as the notice names it.
CREATE TABLE newsletters_packed (
    person_id TEXT NOT NULL,
    newsletter_id TEXT NOT NULL,
    thing TEXT NOT NULL,
    packed_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, newsletter_id, thing)
) STRICT, WITHOUT ROWID;

-- What a writer, or the school (`owner_id` is empty), begins letters from; `day`: the day its dates are of.
CREATE TABLE newsletters_template (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    form TEXT NOT NULL,
    day TEXT NOT NULL
) STRICT;
CREATE INDEX newsletters_template_owner ON newsletters_template (owner_id, kind, name);
