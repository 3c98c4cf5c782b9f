-- compat: 126
-- What was typed of a file that has yet to arrive waits with it, whatever becomes of the page.
ALTER TABLE files_upload ADD COLUMN words TEXT NOT NULL DEFAULT '';
