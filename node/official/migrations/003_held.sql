-- compat: 2
-- A notice for guardians that could not land is set aside, with the reason (msgids, one a line).
ALTER TABLE official_notice ADD COLUMN held_at INTEGER;
ALTER TABLE official_notice ADD COLUMN held_for TEXT NOT NULL DEFAULT '';
