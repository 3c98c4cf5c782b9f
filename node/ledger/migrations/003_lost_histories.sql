-- compat: 3
-- Heads of this school that the hub countersigned and that its log does not hold: of a history lost
-- with a restore from a backup. In no receipt; `settled_at` when the hub last accepted a head that
-- the log does hold, NULL while the hub's last accepted head is this one.
CREATE TABLE ledger_lost (
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    witness TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (size, root)
) STRICT, WITHOUT ROWID;

-- Until now they were kept among the witnesses. One of a lost history is known by its last record,
-- which is missing or was appended after the head was made; both times are this school's own. Should
-- its clock have been set back between the two, the next sync settles what was moved in vain.
INSERT INTO ledger_lost (size, root, witness, found_at)
SELECT w.size, w.root, w.witness, json_extract(w.witness, '$.seen_at') FROM ledger_witness w
WHERE w.size > 0 AND NOT EXISTS (
    SELECT 1 FROM ledger_leaf l
    WHERE l.position = w.size - 1 AND l.at <= json_extract(w.witness, '$.head.at')
);
DROP TRIGGER ledger_witness_stays;
DELETE FROM ledger_witness WHERE EXISTS (
    SELECT 1 FROM ledger_lost l WHERE l.size = ledger_witness.size AND l.root = ledger_witness.root
);
CREATE TRIGGER ledger_witness_stays BEFORE DELETE ON ledger_witness
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;

CREATE TRIGGER ledger_lost_stays BEFORE DELETE ON ledger_lost
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_lost_is_fixed BEFORE UPDATE OF size, root, witness, found_at ON ledger_lost
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
