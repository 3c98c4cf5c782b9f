-- compat: 83
-- Contents that are to go from the disk with what was made of them, unless something still carries them.
CREATE TABLE files_erasure (
    sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
