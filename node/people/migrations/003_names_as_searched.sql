-- compat: 2
-- Names as they are searched: without spaces, Latin letters small. Syllables are composed already.
ALTER TABLE people_person
ADD COLUMN name_key TEXT GENERATED ALWAYS AS (lower(replace(name, ' ', ''))) VIRTUAL;
DROP INDEX people_person_name;
CREATE INDEX people_person_name ON people_person (name_key, id);
