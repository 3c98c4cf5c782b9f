-- compat: 84
-- The lessons of a class by weekday (1: Monday), as files brought them and as hands wrote them: JSON,
-- period → subject. A period that hands wrote holds; a file that is brought again replaces what files
-- brought.
CREATE TABLE timetable_week (
    class_id TEXT NOT NULL,
    weekday INTEGER NOT NULL,
    brought TEXT NOT NULL DEFAULT '{}',
    written TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (class_id, weekday)
) STRICT, WITHOUT ROWID;

-- What is otherwise on one day: the periods that differ from the week, and a word about it.
CREATE TABLE timetable_day (
    class_id TEXT NOT NULL,
    day TEXT NOT NULL,
    brought TEXT NOT NULL DEFAULT '{}',
    written TEXT NOT NULL DEFAULT '{}',
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (class_id, day)
) STRICT, WITHOUT ROWID;

-- Days on which the lessons of another weekday are held. `grade` 0: of all.
CREATE TABLE timetable_move (
    day TEXT NOT NULL,
    grade INTEGER NOT NULL,
    weekday INTEGER NOT NULL,
    PRIMARY KEY (day, grade)
) STRICT, WITHOUT ROWID;
