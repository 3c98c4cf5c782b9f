-- compat: 1
-- What 001 left open: INSERT OR REPLACE takes a row's place without firing its DELETE trigger, and
-- the subtrees and the hub's witnesses are as fixed as the leaves they stand for.
CREATE TRIGGER ledger_leaf_is_new BEFORE INSERT ON ledger_leaf
WHEN EXISTS (SELECT 1 FROM ledger_leaf WHERE position = NEW.position)
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;

CREATE TRIGGER ledger_node_is_new BEFORE INSERT ON ledger_node
WHEN EXISTS (SELECT 1 FROM ledger_node WHERE level = NEW.level AND position = NEW.position)
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_node_stays BEFORE DELETE ON ledger_node
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_node_is_fixed BEFORE UPDATE ON ledger_node
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;

-- A head may be witnessed again: the first word stays.
CREATE TRIGGER ledger_witness_is_new BEFORE INSERT ON ledger_witness
WHEN EXISTS (SELECT 1 FROM ledger_witness WHERE size = NEW.size)
BEGIN
    SELECT raise(IGNORE);
END;
CREATE TRIGGER ledger_witness_stays BEFORE DELETE ON ledger_witness
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER ledger_witness_is_fixed BEFORE UPDATE ON ledger_witness
BEGIN
    SELECT raise(ABORT, 'the ledger only grows');
END;
