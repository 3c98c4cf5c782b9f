-- compat: 1
-- A person may be staff and a guardian at once; what they are follows from the rows that name them.
-- `import_key` is what a list names them by (`staff:T012`, `student:2024031`, `guardian:…`): the
-- same line read twice is the same person. Grade, class and number change each March: never a key.
CREATE TABLE people_person (
    id TEXT PRIMARY KEY,
    import_key TEXT UNIQUE,
    name TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    language TEXT NOT NULL DEFAULT 'ko',
    has_phone INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX people_person_phone ON people_person (phone);
CREATE INDEX people_person_name ON people_person (name);

CREATE TABLE people_staff (
    person_id TEXT PRIMARY KEY REFERENCES people_person (id),
    position TEXT NOT NULL,
    department TEXT NOT NULL,
    duty TEXT NOT NULL DEFAULT '',
    since_on TEXT NOT NULL,
    until_on TEXT
) STRICT;

CREATE TABLE people_role (
    person_id TEXT NOT NULL REFERENCES people_person (id),
    role TEXT NOT NULL,
    PRIMARY KEY (person_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE people_year (
    year INTEGER PRIMARY KEY,
    is_current INTEGER NOT NULL
) STRICT;

CREATE TABLE people_class (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL REFERENCES people_year (year),
    grade INTEGER NOT NULL,
    number INTEGER NOT NULL,
    homeroom_id TEXT REFERENCES people_person (id),
    UNIQUE (year, grade, number)
) STRICT;
CREATE INDEX people_class_homeroom ON people_class (homeroom_id);

CREATE TABLE people_enrolment (
    student_id TEXT NOT NULL REFERENCES people_person (id),
    class_id TEXT NOT NULL REFERENCES people_class (id),
    number INTEGER NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT,
    PRIMARY KEY (student_id, class_id, from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_enrolment_class ON people_enrolment (class_id);

CREATE TABLE people_guardianship (
    guardian_id TEXT NOT NULL REFERENCES people_person (id),
    student_id TEXT NOT NULL REFERENCES people_person (id),
    relation TEXT NOT NULL,
    may_read INTEGER NOT NULL DEFAULT 1,
    may_sign INTEGER NOT NULL DEFAULT 1,
    until_on TEXT,
    PRIMARY KEY (guardian_id, student_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_guardianship_student ON people_guardianship (student_id);

CREATE TABLE people_group (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL
) STRICT;
CREATE TABLE people_group_member (
    group_id TEXT NOT NULL REFERENCES people_group (id),
    person_id TEXT NOT NULL REFERENCES people_person (id),
    PRIMARY KEY (group_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_group_member_person ON people_group_member (person_id);

CREATE TABLE people_invitation (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people_person (id),
    code_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX people_invitation_person ON people_invitation (person_id);

-- What somebody agreed to, in which wording (전자서명법 3조: by agreement it is a signature).
CREATE TABLE people_agreement (
    person_id TEXT NOT NULL REFERENCES people_person (id),
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    text_hash TEXT NOT NULL,
    agreed_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, kind, version)
) STRICT, WITHOUT ROWID;

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW people_v_person AS
SELECT id, name, phone, email, language, has_phone FROM people_person WHERE closed_at IS NULL;

CREATE VIEW people_v_class AS
SELECT c.id, c.year, c.grade, c.number, c.homeroom_id
FROM people_class c JOIN people_year y ON y.year = c.year AND y.is_current = 1;

CREATE VIEW people_v_student AS
SELECT p.id AS student_id, p.name, c.id AS class_id, c.grade, c.number AS class_number,
       e.number, c.homeroom_id
FROM people_enrolment e
JOIN people_class c ON c.id = e.class_id
JOIN people_year y ON y.year = c.year AND y.is_current = 1
JOIN people_person p ON p.id = e.student_id
WHERE e.until_on IS NULL AND p.closed_at IS NULL;

CREATE VIEW people_v_child AS
SELECT g.guardian_id, s.student_id, s.name, s.class_id, s.grade, s.class_number, s.number,
       g.relation, g.may_sign
FROM people_guardianship g JOIN people_v_student s ON s.student_id = g.student_id
WHERE g.until_on IS NULL AND g.may_read = 1;

CREATE VIEW people_v_staff AS
SELECT s.person_id, p.name, s.position, s.department, s.duty, p.phone, p.email
FROM people_staff s JOIN people_person p ON p.id = s.person_id
WHERE s.until_on IS NULL AND p.closed_at IS NULL;

CREATE VIEW people_v_role AS
SELECT r.person_id, r.role FROM people_role r JOIN people_v_staff s ON s.person_id = r.person_id;

CREATE VIEW people_v_agreement AS
SELECT person_id, kind, version, text_hash, agreed_at FROM people_agreement;

CREATE VIEW people_v_group AS SELECT id, name, kind FROM people_group;

-- Which audience keys a person holds, and through which child (NULL: in their own right).
CREATE VIEW people_v_key AS
SELECT guardian_id AS person_id, student_id, 'guardians' AS key FROM people_v_child
UNION ALL
SELECT guardian_id, student_id, 'guardians/grade:' || grade FROM people_v_child
UNION ALL
SELECT guardian_id, student_id, 'guardians/class:' || class_id FROM people_v_child
UNION ALL
SELECT c.guardian_id, c.student_id, 'guardians/group:' || m.group_id
FROM people_v_child c JOIN people_group_member m ON m.person_id = c.student_id
UNION ALL
SELECT g.guardian_id, g.student_id, 'guardians/group:' || m.group_id
FROM people_v_child g JOIN people_group_member m ON m.person_id = g.guardian_id
UNION ALL
SELECT student_id, student_id, 'students' FROM people_v_student
UNION ALL
SELECT student_id, student_id, 'students/grade:' || grade FROM people_v_student
UNION ALL
SELECT student_id, student_id, 'students/class:' || class_id FROM people_v_student
UNION ALL
SELECT s.student_id, s.student_id, 'students/group:' || m.group_id
FROM people_v_student s JOIN people_group_member m ON m.person_id = s.student_id
UNION ALL
SELECT person_id, NULL, 'staff' FROM people_v_staff
UNION ALL
SELECT person_id, NULL, 'staff/department:' || department FROM people_v_staff
UNION ALL
SELECT person_id, NULL, 'staff/role:' || role FROM people_v_role
UNION ALL
SELECT s.person_id, NULL, 'staff/group:' || m.group_id
FROM people_v_staff s JOIN people_group_member m ON m.person_id = s.person_id;
