-- compat: 2
-- A page is made of what was typed when somebody reads it: what an earlier version made of it goes.
ALTER TABLE newsletters_version DROP COLUMN html;
