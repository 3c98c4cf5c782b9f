-- compat: 4
-- Who is or was a guardian of whom: for what was done and is kept.
CREATE VIEW people_v_tie AS SELECT guardian_id, student_id FROM people_guardianship;
