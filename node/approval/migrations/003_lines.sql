-- compat: 78
-- The table of duties in all its versions: the last is the one that holds, the one before what is undone to.
-- body: the whole table.
CREATE TABLE approval_table (
    version INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- Who is away from a day to a day, both included (YYYY-MM-DD), and who stands in, '' for whom the table says.
CREATE TABLE approval_absence (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    stand_in_id TEXT NOT NULL DEFAULT '',
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX approval_absence_until ON approval_absence (until_on);
CREATE INDEX approval_absence_person ON approval_absence (person_id, until_on);

-- What is on its line: at which step (from 0), for whom it waits ('' while nobody is found), for whom they
-- would decide as deputy ('' in their own right or of a seat that is nobody's), who was passed over.
-- named_id: whom the school's head named for the step by hand.
CREATE TABLE approval_underway (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    author_id TEXT NOT NULL,
    class_id TEXT,
    line TEXT NOT NULL,
    step INTEGER NOT NULL,
    holder_id TEXT NOT NULL,
    is_deputy INTEGER NOT NULL,
    for_id TEXT NOT NULL,
    passed TEXT NOT NULL,
    named_id TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_underway_holder ON approval_underway (holder_id, started_at, kind, id);

-- What was decided on steps, for good: number counts a matter's decisions over all its rounds.
CREATE TABLE approval_decision (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    step TEXT NOT NULL,
    verdict TEXT NOT NULL,
    word TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    capacity TEXT NOT NULL,
    for_id TEXT NOT NULL,
    for_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_decision_by ON approval_decision (by_id, at);
CREATE INDEX approval_decision_for ON approval_decision (for_id, at) WHERE for_id <> '';

-- Whose decision a matter waits for, for those whose matter it is.
CREATE VIEW approval_v_held AS SELECT kind, id, holder_id FROM approval_underway WHERE holder_id <> '';
