-- compat: 3
-- A list of receipts names a child as the record does: whoever may no longer see the child learns
-- nothing of today from it. The record of the ledger knows the name that was signed for.
ALTER TABLE forms_signature ADD COLUMN child_name TEXT NOT NULL DEFAULT '';
UPDATE forms_signature SET child_name = coalesce((
    SELECT json_extract(l.text, '$.child_name') FROM ledger_v_leaf l
    WHERE l.position = forms_signature.leaf
), '');

-- Whether an approver let the form's letter out: its deadline was decided with it.
ALTER TABLE forms_form ADD COLUMN is_approved INTEGER NOT NULL DEFAULT 0;
