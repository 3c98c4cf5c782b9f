-- compat: 2
-- What a preview leaves out is told: pages that could not be read, text that goes on.
ALTER TABLE drive_text ADD COLUMN unread TEXT NOT NULL DEFAULT '[]';
ALTER TABLE drive_text ADD COLUMN is_cut INTEGER NOT NULL DEFAULT 0;

-- Documents are read anew by the readers of this version, also those that could not be read; their
-- text stays until then. PDF and pictures keep theirs: drawing all pages of a school's years again
-- would take hours. Files above 64 MiB are not opened.
UPDATE drive_text SET state = 'waiting'
WHERE media_type IN (
    'application/vnd.hancom.hwp', 'application/vnd.hancom.hwpx', 'text/plain',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
) AND NOT EXISTS (
    SELECT 1 FROM drive_version v WHERE v.sha256 = drive_text.sha256 AND v.size > 67108864
);
