-- compat: 1
-- One row a notice; a later revision takes the place of the earlier.
CREATE TABLE official_notice (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    reference TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    audience TEXT NOT NULL,
    department TEXT NOT NULL,
    contact TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    deadline_at INTEGER,
    must_acknowledge INTEGER NOT NULL,
    lands_at INTEGER,
    delayed_until INTEGER,
    landed_at INTEGER,
    newsletter_id TEXT NOT NULL DEFAULT '',
    vetoed_at INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    decided_by TEXT NOT NULL DEFAULT '',
    acknowledged_at INTEGER,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    answered_at INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    revoked_at INTEGER
) STRICT;
CREATE INDEX official_received ON official_notice (received_at DESC, id);
CREATE INDEX official_landing ON official_notice (lands_at)
WHERE landed_at IS NULL AND vetoed_at IS NULL AND revoked_at IS NULL;

CREATE TABLE official_attachment (
    notice_id TEXT NOT NULL REFERENCES official_notice (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (notice_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX official_attachment_sha256 ON official_attachment (sha256);

CREATE TABLE official_opening (
    notice_id TEXT NOT NULL REFERENCES official_notice (id),
    person_id TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (notice_id, person_id)
) STRICT, WITHOUT ROWID;

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW official_v_notice AS
SELECT id, title, body, department, audience, received_at, deadline_at
FROM official_notice WHERE revoked_at IS NULL;

CREATE VIEW official_v_attachment AS
SELECT notice_id, position, name, media_type, size, sha256 FROM official_attachment;
