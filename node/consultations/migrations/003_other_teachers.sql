-- compat: 144
-- In a week other members of staff than homeroom teachers give times, too: to which families of the week, by their
-- keys. Programs before this one would show both guardians what one of them took with a counsellor, and where.
CREATE TABLE consultations_teacher (
    week_id TEXT NOT NULL REFERENCES consultations_week (id),
    teacher_id TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (week_id, teacher_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX consultations_teacher_of ON consultations_teacher (teacher_id);

-- `with_id`: with whom, where that is not the child's homeroom teacher. A child has one time with the homeroom
-- teacher, and each guardian one with each of the others.
ALTER TABLE consultations_booking ADD COLUMN with_id TEXT NOT NULL DEFAULT '';
DROP INDEX consultations_booking_child;
CREATE UNIQUE INDEX consultations_booking_child ON consultations_booking (student_id, week_id)
    WHERE state = 'booked' AND with_id = '';
CREATE UNIQUE INDEX consultations_booking_with ON consultations_booking (student_id, week_id, with_id, by_id)
    WHERE state = 'booked' AND with_id != '';
CREATE INDEX consultations_booking_private ON consultations_booking (starts_at)
    WHERE state = 'booked' AND with_id != '';
