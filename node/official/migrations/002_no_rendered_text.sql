-- compat: 2
-- A page is made of what was typed when somebody reads it: what an earlier version made of it goes.
ALTER TABLE official_notice DROP COLUMN html;
