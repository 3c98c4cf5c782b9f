-- compat: 83
-- Which files belong to what: `kind` and `carrier_id` name it (newsletter, official).
CREATE TABLE files_attachment (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX files_attachment_carrier ON files_attachment (carrier_id, kind, position);
CREATE INDEX files_attachment_sha256 ON files_attachment (sha256);

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW files_v_attachment AS
SELECT id, kind, carrier_id, position, name, media_type, size, sha256 FROM files_attachment;
