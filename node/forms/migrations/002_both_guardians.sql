-- compat: 1
-- Those who follow what is owed must know where each guardian owes an answer of their own.
DROP VIEW forms_v_form;
CREATE VIEW forms_v_form AS
SELECT id, subject, title, opened_at, deadline_at,
    coalesce(json_extract(draft, '$.both_guardians'), 0) AS both_guardians
FROM forms_form;
