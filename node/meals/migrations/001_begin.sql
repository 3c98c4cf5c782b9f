-- compat: 84
-- What there is to eat. A meal as a file brought it and as hands wrote it lie side by side: what hands
-- wrote holds, and a file that is brought again replaces what a file brought. `kind`: 1 조식, 2 중식,
-- 3 석식 (MMEAL_SC_CODE).
CREATE TABLE meals_meal (
    day TEXT NOT NULL,
    kind INTEGER NOT NULL,
    brought TEXT,
    written TEXT,
    PRIMARY KEY (day, kind)
) STRICT, WITHOUT ROWID;

-- What a child must not eat, as a guardian said and agreed that the school keeps it.
CREATE TABLE meals_allergy (
    student_id TEXT PRIMARY KEY,
    allergens TEXT NOT NULL,
    by_id TEXT NOT NULL,
    agreed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX meals_allergy_by ON meals_allergy (by_id);

-- What others may read.
CREATE VIEW meals_v_day AS
SELECT day, kind, coalesce(written, brought) AS meal FROM meals_meal;
