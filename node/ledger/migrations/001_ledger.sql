-- compat: 1
-- One row a record; its canonical text is what counts. Never changed, never removed.
CREATE TABLE ledger_leaf (
    position INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    text TEXT NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- Hashes of full subtrees: (level, position) covers 2^level leaves from position * 2^level.
CREATE TABLE ledger_node (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

-- The frontier: what the next append needs.
CREATE TABLE ledger_frontier (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    peaks BLOB NOT NULL
) STRICT;
INSERT INTO ledger_frontier (id, size, peaks) VALUES (1, 0, x'');

-- Heads the hub has seen and countersigned.
CREATE TABLE ledger_witness (
    size INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    witness TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_leaf_stays BEFORE DELETE ON ledger_leaf
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_leaf_is_fixed BEFORE UPDATE ON ledger_leaf
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;

CREATE VIEW ledger_v_leaf AS SELECT position, text, at FROM ledger_leaf;
