-- compat: 84
-- A consultation week: on which days teachers give times, from when to when families take them.
CREATE TABLE consultations_week (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    opens_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    walk INTEGER NOT NULL,
    author_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX consultations_week_last ON consultations_week (last_on DESC, id);

CREATE TABLE consultations_audience (
    week_id TEXT NOT NULL REFERENCES consultations_week (id),
    key TEXT NOT NULL,
    PRIMARY KEY (week_id, key)
) STRICT, WITHOUT ROWID;

-- A time that a teacher gives; one that was taken back stays for what was booked in it.
CREATE TABLE consultations_slot (
    id TEXT PRIMARY KEY,
    week_id TEXT NOT NULL REFERENCES consultations_week (id),
    teacher_id TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    meeting TEXT NOT NULL,
    place TEXT NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX consultations_slot_of ON consultations_slot (week_id, teacher_id, starts_at)
    WHERE closed_at IS NULL;
CREATE INDEX consultations_slot_at ON consultations_slot (teacher_id, starts_at) WHERE closed_at IS NULL;
CREATE INDEX consultations_slot_place ON consultations_slot (place, starts_at) WHERE closed_at IS NULL;

-- Who has taken which time. No time is taken twice, and no child has two in one week. `reminded_at`: when
-- the family was reminded.
CREATE TABLE consultations_booking (
    id TEXT PRIMARY KEY,
    slot_id TEXT NOT NULL REFERENCES consultations_slot (id),
    week_id TEXT NOT NULL REFERENCES consultations_week (id),
    student_id TEXT NOT NULL,
    by_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    reminded_at INTEGER
) STRICT;
CREATE UNIQUE INDEX consultations_booking_slot ON consultations_booking (slot_id) WHERE state = 'booked';
CREATE UNIQUE INDEX consultations_booking_child ON consultations_booking (student_id, week_id)
    WHERE state = 'booked';
CREATE INDEX consultations_booking_of ON consultations_booking (student_id, week_id, changed_at);
CREATE INDEX consultations_booking_by ON consultations_booking (by_id, at);
CREATE INDEX consultations_booking_week ON consultations_booking (week_id, id);
CREATE INDEX consultations_booking_due ON consultations_booking (starts_at)
    WHERE state = 'booked' AND reminded_at IS NULL;
CREATE INDEX consultations_booking_topic ON consultations_booking (starts_at) WHERE topic != '';

-- What others may read.
CREATE VIEW consultations_v_week AS
SELECT id, title, text, first_on, last_on, opens_at, closes_at, made_at FROM consultations_week
WHERE withdrawn_at IS NULL;
CREATE VIEW consultations_v_audience AS SELECT week_id, key FROM consultations_audience;
