-- compat: 2
-- A draft, and a correction not sent yet, is its writer's.
ALTER TABLE broadcasts_notice ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
ALTER TABLE broadcasts_notice ADD COLUMN written_by_name TEXT NOT NULL DEFAULT '';
UPDATE broadcasts_notice SET written_by = created_by, written_by_name = created_by_name;
