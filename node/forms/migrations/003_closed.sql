-- compat: 2
-- A withdrawn letter's form is closed for good: no deadline opens it again.
ALTER TABLE forms_form ADD COLUMN closed_at INTEGER;
