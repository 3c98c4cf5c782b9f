-- compat: 4
-- What a name is found by besides its beginning (protocol/directory.py, name_parts). Names that were there
-- before follow while pages are served.
CREATE TABLE people_name_part (
    part TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people_person (id) ON DELETE CASCADE,
    PRIMARY KEY (part, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_name_part_person ON people_name_part (person_id);

CREATE VIEW people_v_name_part AS SELECT part, person_id FROM people_name_part;

-- The telephone extension at the school; empty: none is told.
ALTER TABLE people_staff ADD COLUMN extension TEXT NOT NULL DEFAULT '';
DROP VIEW people_v_staff;
CREATE VIEW people_v_staff AS
SELECT s.person_id, p.name, s.position, s.department, s.duty, p.phone, p.email, s.extension
FROM people_staff s JOIN people_person p ON p.id = s.person_id
WHERE s.until_on IS NULL AND p.closed_at IS NULL;
