-- compat: 3
-- Since when the hub hears two machines speak with this school's key; NULL when it does not.
ALTER TABLE federation_membership ADD COLUMN two_machines_at INTEGER;

-- The exchange of keys under way: both keys' statement, kept before it is sent, so that a repeated
-- exchange is the same.
CREATE TABLE federation_rotation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    statement TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    last_error TEXT NOT NULL DEFAULT ''
) STRICT;
