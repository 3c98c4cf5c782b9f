-- compat: 1
-- What must be durable of every sync: the last counter (no request counts twice). The hashes tell
-- whether what the node says again and again has changed since it was last kept.
CREATE TABLE sync_contact (
    school_id TEXT PRIMARY KEY,
    counter BIGINT NOT NULL,
    last_sync_at BIGINT NOT NULL,
    node_epoch TEXT NOT NULL,
    state_hash TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    acks_hash TEXT NOT NULL
);

-- The last head of each school's log that continued all that was seen before, with our word on it.
CREATE TABLE sync_log (
    school_id TEXT PRIMARY KEY,
    head TEXT NOT NULL,
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    witness TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);

-- Evidence: a head signed by the school that contradicts the one accepted. Kept for good;
-- `settled_at` when an officer dealt with it.
CREATE TABLE sync_fork (
    fork_id TEXT PRIMARY KEY,
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
    settled_by TEXT NOT NULL DEFAULT '',
    UNIQUE (school_id, size, root)
);

CREATE VIEW sync_v_contact AS SELECT school_id, counter, last_sync_at FROM sync_contact;
CREATE VIEW sync_v_fork AS
    SELECT fork_id, school_id, found_at, code, size FROM sync_fork WHERE settled_at IS NULL;
