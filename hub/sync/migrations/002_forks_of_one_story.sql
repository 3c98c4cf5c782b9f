-- compat: 2
-- One story of a school is all it offers from the first head that is refused until an officer lets
-- its log start again: `first_id` names the fork that began it. A school restored twice from one
-- backup offers the same head again: what is settled does not hide it.
DROP VIEW sync_v_fork;
CREATE TABLE sync_fork_told (
    fork_id TEXT PRIMARY KEY,
    first_id TEXT NOT NULL,
    school_id TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    seen TEXT NOT NULL,
    given TEXT NOT NULL,
    proof TEXT,
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT NOT NULL DEFAULT ''
);
INSERT INTO sync_fork_told SELECT f.fork_id,
    (SELECT b.fork_id FROM sync_fork b WHERE b.school_id = f.school_id
     AND coalesce(b.settled_at, 0) = coalesce(f.settled_at, 0)
     ORDER BY b.found_at, b.fork_id LIMIT 1),
    f.school_id, f.found_at, f.code, f.message, f.seen, f.given, f.proof, f.size, f.root,
    f.settled_at, f.settled_by FROM sync_fork f;
DROP TABLE sync_fork;
ALTER TABLE sync_fork_told RENAME TO sync_fork;
CREATE UNIQUE INDEX sync_fork_open ON sync_fork (school_id, size, root) WHERE settled_at IS NULL;
CREATE INDEX sync_fork_story ON sync_fork (first_id);
CREATE INDEX sync_fork_first ON sync_fork (found_at) WHERE fork_id = first_id;

CREATE VIEW sync_v_fork AS
    SELECT fork_id, school_id, found_at, code, size FROM sync_fork WHERE settled_at IS NULL;
