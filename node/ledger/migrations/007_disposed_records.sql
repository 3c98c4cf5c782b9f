-- compat: 144
-- Records whose period of retention is over: the log keeps the leaf hash, the text and its signature go. `list` names
-- what goes together; `record` is the place of the disposal.v1 that says so. Programs before this one would take such
-- a record for an altered one.
CREATE TABLE ledger_disposed (position INTEGER PRIMARY KEY, list TEXT NOT NULL) STRICT;
CREATE INDEX ledger_disposed_list ON ledger_disposed (list, position);
CREATE TABLE ledger_disposal (record INTEGER PRIMARY KEY, list TEXT NOT NULL UNIQUE, at INTEGER NOT NULL) STRICT;

-- What a disposal in the log says stays as it is.
CREATE TRIGGER ledger_disposal_stays BEFORE DELETE ON ledger_disposal
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_disposal_is_fixed BEFORE UPDATE ON ledger_disposal
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_disposed_stays BEFORE DELETE ON ledger_disposed
WHEN EXISTS (SELECT 1 FROM ledger_disposal WHERE list = OLD.list)
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_disposed_is_fixed BEFORE UPDATE ON ledger_disposed
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_disposed_is_open BEFORE INSERT ON ledger_disposed
WHEN EXISTS (SELECT 1 FROM ledger_disposal WHERE list = NEW.list)
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;

-- Nothing of a leaf changes but that text and signature go, once the log says so.
DROP TRIGGER ledger_leaf_is_fixed;
CREATE TRIGGER ledger_leaf_is_fixed BEFORE UPDATE ON ledger_leaf
WHEN NOT (
    NEW.text = '' AND NEW.signature = '' AND NEW.position = OLD.position AND NEW.hash = OLD.hash
    AND NEW.key_id = OLD.key_id AND NEW.at = OLD.at
    AND EXISTS (
        SELECT 1 FROM ledger_disposed d JOIN ledger_disposal r ON r.list = d.list
        WHERE d.position = OLD.position
    )
)
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
