-- compat: 3
-- What a record is of, for those who compare their rows with it. Whatever stands in a damaged text,
-- the guard lets the check of the log tell of it instead of failing.
DROP VIEW ledger_v_leaf;
CREATE VIEW ledger_v_leaf AS
SELECT position, text, at,
    CASE WHEN json_valid(text) THEN json_extract(text, '$.type') END AS type,
    CASE WHEN json_valid(text) THEN json_extract(text, '$.form_id') END AS form_id,
    CASE WHEN json_valid(text) THEN json_extract(text, '$.child_id') END AS child_id
FROM ledger_leaf;

CREATE INDEX ledger_leaf_form ON ledger_leaf (
    CASE WHEN json_valid(text) THEN json_extract(text, '$.form_id') END,
    CASE WHEN json_valid(text) THEN json_extract(text, '$.child_id') END
);
CREATE INDEX ledger_leaf_type ON ledger_leaf (
    CASE WHEN json_valid(text) THEN json_extract(text, '$.type') END
) WHERE CASE WHEN json_valid(text) THEN json_extract(text, '$.form_id') END IS NULL;
