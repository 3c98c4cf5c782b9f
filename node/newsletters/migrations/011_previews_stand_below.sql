-- compat: 80
-- What can be seen of files belongs to node/files from now on. The table is renamed, not copied: it holds the
-- text of every file of the school.
DROP VIEW newsletters_v_preview;
DROP TABLE files_preview;
ALTER TABLE newsletters_preview RENAME TO files_preview;
DROP INDEX newsletters_preview_waiting;
CREATE INDEX files_preview_waiting ON files_preview (sha256) WHERE state = 'waiting';

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW files_v_preview AS
SELECT sha256, state, text FROM files_preview;
