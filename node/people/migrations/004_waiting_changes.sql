-- compat: 3
-- What somebody who may not decide it brought in a list or form, until an administrator says yes or
-- no. `value`: roles with commas, a department, or a contact as JSON of name, telephone, address.
CREATE TABLE people_waiting_change (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people_person (id),
    part TEXT NOT NULL,
    value TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    brought_by_name TEXT NOT NULL,
    brought_at INTEGER NOT NULL,
    UNIQUE (person_id, part)
) STRICT;
