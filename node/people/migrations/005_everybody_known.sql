-- compat: 3
-- Also those who left: what was noted and kept of them is asked for by name later.
CREATE VIEW people_v_known AS SELECT id, name, name_key, closed_at FROM people_person;
