-- compat: 113
-- Whom to call for what. Staff see all of them.
CREATE TABLE contacts_entry (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    telephone TEXT NOT NULL,
    hours TEXT NOT NULL,
    for_guardians INTEGER NOT NULL,
    for_students INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT;

-- What others may read.
CREATE VIEW contacts_v_entry AS
SELECT id, name, about, telephone, hours, for_guardians, for_students FROM contacts_entry;
