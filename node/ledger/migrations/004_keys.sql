-- compat: 3
-- The school's keys in the order in which they followed one another; the one without `until_at` signs.
-- `from_position`: the records from there on, up to the next key's, are its. `attestation` and `ending`
-- are the hub's word for it and on its end, `rotation` both keys' statement by which it followed (JSON).
CREATE TABLE ledger_key (
    number INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    signing TEXT NOT NULL,
    from_position INTEGER NOT NULL,
    since_at INTEGER NOT NULL,
    until_at INTEGER,
    attestation TEXT,
    ending TEXT,
    rotation TEXT
) STRICT;
CREATE UNIQUE INDEX ledger_key_in_force ON ledger_key (until_at IS NULL) WHERE until_at IS NULL;

CREATE TRIGGER ledger_key_stays BEFORE DELETE ON ledger_key
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_key_is_fixed
BEFORE UPDATE OF key_id, signing, from_position, since_at, rotation ON ledger_key
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
