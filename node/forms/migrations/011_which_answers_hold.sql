-- compat: 76
-- Whoever comes into a letter's ledger later must know which answers of the child still hold.
DROP VIEW forms_v_form;
CREATE VIEW forms_v_form AS
SELECT id, subject, title, opened_at, deadline_at,
    coalesce(json_extract(draft, '$.both_guardians'), 0) AS both_guardians, valid_from
FROM forms_form;
