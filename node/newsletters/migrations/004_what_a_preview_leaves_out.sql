-- compat: 2
-- What a preview leaves out is told: pages that could not be read, text that goes on.
ALTER TABLE newsletters_preview ADD COLUMN unread TEXT NOT NULL DEFAULT '[]';
ALTER TABLE newsletters_preview ADD COLUMN is_cut INTEGER NOT NULL DEFAULT 0;

-- Documents are read anew by the readers of this version; their text stays until then. PDF and
-- pictures keep theirs: drawing all pages of a school's years again would take hours.
UPDATE newsletters_preview SET state = 'waiting'
WHERE media_type <> 'application/pdf' AND media_type NOT LIKE 'image/%';
