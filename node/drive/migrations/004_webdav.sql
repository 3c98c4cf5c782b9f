-- compat: 4
-- When a file was last changed, where the program that sent it says so (X-OC-Mtime); NULL: as it came.
ALTER TABLE drive_item ADD COLUMN modified_at INTEGER;

-- Whose version it is: a name alone may be two people's. Empty: from before it was kept.
ALTER TABLE drive_version ADD COLUMN by_id TEXT NOT NULL DEFAULT '';

-- Locks of WebDAV (RFC 4918). One that is over stays for a day: what its holder still sends is known as
-- theirs. `seen`: the version that the holder knows; `href`: what was locked, as they named it.
CREATE TABLE drive_lock (
    token TEXT PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    is_deep INTEGER NOT NULL,
    is_shared INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    person_name TEXT NOT NULL,
    owner TEXT NOT NULL,
    href TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    until INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drive_lock_item ON drive_lock (item_id);
CREATE INDEX drive_lock_until ON drive_lock (until);
CREATE INDEX drive_lock_person ON drive_lock (person_id, until);

-- What programs keep at an item (dead properties): by name as {namespace}name the element.
CREATE TABLE drive_property (
    item_id TEXT NOT NULL REFERENCES drive_item (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    xml TEXT NOT NULL,
    PRIMARY KEY (item_id, name)
) STRICT, WITHOUT ROWID;

-- A name that was locked before it had a content is nothing until one comes.
CREATE INDEX drive_item_unfilled ON drive_item (created_at) WHERE is_folder = 0 AND version = 0;
