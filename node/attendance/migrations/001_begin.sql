-- compat: 84
-- That a class was marked on a day; `revision` counts how often.
CREATE TABLE attendance_day (
    class_id TEXT NOT NULL,
    day TEXT NOT NULL,
    revision INTEGER NOT NULL,
    marked_at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (class_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_day_on ON attendance_day (day);

-- Who was not simply there, and who was said to be and was not (`presence` as in node/attendance/model.py).
-- `told`: as what the child's guardians were told of it, empty: not at all.
CREATE TABLE attendance_mark (
    student_id TEXT NOT NULL,
    day TEXT NOT NULL,
    class_id TEXT NOT NULL,
    presence TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (student_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_mark_class ON attendance_mark (class_id, day);
CREATE INDEX attendance_mark_on ON attendance_mark (day);

-- Each change of a mark, from what to what. `why`: what was typed where the month had been closed.
CREATE TABLE attendance_change (
    class_id TEXT NOT NULL,
    day TEXT NOT NULL,
    revision INTEGER NOT NULL,
    student_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    was_presence TEXT NOT NULL,
    was_cause TEXT NOT NULL,
    was_reason TEXT NOT NULL,
    presence TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (class_id, day, revision, student_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_change_on ON attendance_change (day);

CREATE TABLE attendance_closing (
    class_id TEXT NOT NULL,
    month TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (class_id, month)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_closing_month ON attendance_closing (month);
