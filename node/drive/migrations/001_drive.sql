-- compat: 1
-- A folder or a file. The root of an area has no parent. `folded` is the name as names are compared.
-- `gone_with` names the item with which this one went into the trash; NULL: it is in its place.
-- `trashed_at` stands at the item that was thrown away itself. Of a file, `version` is the newest.
CREATE TABLE drive_item (
    id TEXT PRIMARY KEY,
    area TEXT NOT NULL,
    parent_id TEXT REFERENCES drive_item (id),
    is_folder INTEGER NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT NOT NULL DEFAULT '',
    media_type TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    gone_with TEXT,
    trashed_at INTEGER,
    trashed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX drive_item_root ON drive_item (area) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX drive_item_name ON drive_item (parent_id, folded) WHERE gone_with IS NULL;
CREATE INDEX drive_item_parent ON drive_item (parent_id);
CREATE INDEX drive_item_trash ON drive_item (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX drive_item_gone ON drive_item (gone_with) WHERE gone_with IS NOT NULL;
CREATE INDEX drive_item_sha256 ON drive_item (sha256) WHERE sha256 <> '';

-- Every item with each folder above it and with itself: rights are inherited along these rows.
CREATE TABLE drive_within (
    item_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    ancestor_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    depth INTEGER NOT NULL,
    PRIMARY KEY (item_id, ancestor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX drive_within_ancestor ON drive_within (ancestor_id, depth);

-- Who may what: 1 see, 2 change, 3 decide. Keys are audience keys of staff. A row without `by_id` is
-- the area's own and stays.
CREATE TABLE drive_share (
    item_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    level INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (item_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX drive_share_key ON drive_share (key, at);

-- What a file was at each time. The content lies in the drive's blobs.
CREATE TABLE drive_version (
    item_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    restored_from INTEGER,
    PRIMARY KEY (item_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX drive_version_sha256 ON drive_version (sha256);

-- A file on its way (tus): what has arrived lies in a partial file named by the id. `item_id` names
-- what it became; `replaces` the file of which it is to be a new version.
CREATE TABLE drive_upload (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    folder_id TEXT NOT NULL,
    replaces TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    item_id TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX drive_upload_person ON drive_upload (person_id);
CREATE INDEX drive_upload_expiry ON drive_upload (expires_at);

-- What can be read in a content: its text and pictures of its pages (hashes, as JSON).
CREATE TABLE drive_text (
    sha256 TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    state TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]',
    page_count INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX drive_text_waiting ON drive_text (sha256) WHERE state = 'waiting';

-- What other slices may read ------------------------------------------------------------------

-- Files in their place with their text (empty while unknown).
CREATE VIEW drive_v_file AS
SELECT i.id, i.name, i.area, i.changed_at, coalesce(t.text, '') AS text
FROM drive_item i LEFT JOIN drive_text t ON t.sha256 = i.sha256
WHERE i.is_folder = 0 AND i.gone_with IS NULL;

-- Who may read a file: its own shares and those of every folder above it.
CREATE VIEW drive_v_key AS
SELECT w.item_id AS file_id, a.key
FROM drive_within w
JOIN drive_item i ON i.id = w.item_id AND i.is_folder = 0 AND i.gone_with IS NULL
JOIN drive_share a ON a.item_id = w.ancestor_id;
