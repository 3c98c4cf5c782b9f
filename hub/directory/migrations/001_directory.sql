-- compat: 1
-- The last number given in the hub's stream of changes; one row, so that a number is never reused.
CREATE TABLE directory_stream (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);
INSERT INTO directory_stream (id, seq) VALUES (1, 0);

-- How far each school's share was taken over, and the school's own entry in short.
CREATE TABLE directory_share (
    school_id TEXT COLLATE BINARY PRIMARY KEY,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT COLLATE BINARY NOT NULL,
    kind TEXT NOT NULL,
    district TEXT NOT NULL,
    phone TEXT NOT NULL,
    staff BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX directory_share_name ON directory_share (name_key, school_id);

-- The latest change of every entry ever seen. `seq` is the hub's, drawn anew with each change, so
-- that the table in its order is the stream to the nodes. `state`: here, gone (a removal that
-- nodes must hear of), left (the whole school went; entry_id is empty).
CREATE TABLE directory_entry (
    seq INTEGER PRIMARY KEY,
    school_id TEXT COLLATE BINARY NOT NULL,
    entry_id TEXT COLLATE BINARY NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    name_key TEXT NOT NULL,
    initials TEXT NOT NULL,
    position_key TEXT NOT NULL,
    department_key TEXT NOT NULL,
    text_key TEXT NOT NULL,
    increment TEXT NOT NULL
);
CREATE UNIQUE INDEX directory_entry_id ON directory_entry (school_id, entry_id);

-- What an entry is found by: name, its ends, initials, position, department. A prefix of a word is
-- a range of this table; since ends of names stand here too, so is a part of a name.
CREATE TABLE directory_word (
    word TEXT COLLATE BINARY NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (word, seq)
) WITHOUT ROWID;

CREATE VIEW directory_v_share AS
    SELECT school_id, seq, staff, updated_at FROM directory_share;
