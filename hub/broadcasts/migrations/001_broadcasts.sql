-- compat: 1
-- The last number given in the streams of notices; one row, so that a number is never reused.
CREATE TABLE broadcasts_stream (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);
INSERT INTO broadcasts_stream (id, seq) VALUES (1, 0);

-- A notice. `content` and `target` are what is being worked on; `revision` is the last one sent (0:
-- never sent). `touched` 1: the content differs from what was sent.
CREATE TABLE broadcasts_notice (
    notice_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    target TEXT NOT NULL,
    touched BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    schools BIGINT NOT NULL,
    must_acknowledge BIGINT NOT NULL,
    deadline_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    sent_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX broadcasts_notice_updated ON broadcasts_notice (updated_at);

-- Every revision as it went to the schools, never changed.
CREATE TABLE broadcasts_revision (
    notice_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    notice TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    sent_by TEXT NOT NULL,
    sent_by_name TEXT NOT NULL,
    PRIMARY KEY (notice_id, revision)
);

-- Files of the revisions sent: what a school addressed by the notice may fetch.
CREATE TABLE broadcasts_file (
    sha256 TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (sha256, notice_id)
);

-- A notice at a school: its place in the school's stream (`seq`, drawn anew when there is something
-- to hear again) and what the school last said of it: counts, never persons.
CREATE TABLE broadcasts_delivery (
    notice_id TEXT NOT NULL,
    school_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    reminded_at BIGINT,
    revision BIGINT NOT NULL,
    received_at BIGINT,
    addressees BIGINT NOT NULL,
    read_count BIGINT NOT NULL,
    acknowledged_at BIGINT,
    published_at BIGINT,
    delayed_until BIGINT,
    vetoed_at BIGINT,
    reason TEXT NOT NULL,
    PRIMARY KEY (notice_id, school_id)
);
CREATE INDEX broadcasts_delivery_stream ON broadcasts_delivery (school_id, seq);
CREATE INDEX broadcasts_delivery_seq ON broadcasts_delivery (seq);
