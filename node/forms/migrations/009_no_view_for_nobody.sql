-- compat: 4
-- A view that no slice has ever asked.
DROP VIEW forms_v_answer;
