-- compat: 4
-- What somebody of another school is found by besides the beginning of their name (protocol/directory.py,
-- name_parts). Whom the directory had before follows while pages are served.
CREATE TABLE federation_name_part (
    part TEXT NOT NULL,
    school_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (part, school_id, entry_id),
    FOREIGN KEY (school_id, entry_id) REFERENCES federation_entry (school_id, entry_id)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_name_part_entry ON federation_name_part (school_id, entry_id);
