-- compat: 83
-- What a file says or shows, as whoever attached it has put it down: for those who cannot see it, and where
-- nothing can be read of it.
CREATE TABLE files_words (
    attachment_id TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW files_v_words AS
SELECT attachment_id, text FROM files_words;
