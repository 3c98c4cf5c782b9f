-- compat: 83
-- Attachments on their way to what they belong to (`kind` and `carrier_id`, as in files_attachment). What
-- has arrived lies in a partial file of this id; `became` is the attachment that came of it.
CREATE TABLE files_upload (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    became TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX files_upload_carrier ON files_upload (carrier_id, kind);
CREATE INDEX files_upload_person ON files_upload (person_id);
CREATE INDEX files_upload_expiry ON files_upload (kind, expires_at);
