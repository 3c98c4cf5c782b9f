-- compat: 3
-- Schools that tell counts of their papers: how far each was heard (`epoch` of its node's database), and under
-- which district office its counts stand in the sums.
CREATE TABLE statistics_school (
    school_id TEXT PRIMARY KEY,
    district TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    heard_at BIGINT NOT NULL
);
CREATE INDEX statistics_school_district ON statistics_school (district, school_id);

-- What each told. `few` is 1 where there are some, but fewer than are told; `papers` then 0.
CREATE TABLE statistics_count (
    school_id TEXT NOT NULL,
    month TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    papers BIGINT NOT NULL,
    few BIGINT NOT NULL,
    PRIMARY KEY (school_id, month, kind, state)
);

-- Their sums by district office, kept with what they are of; `few` counts schools.
CREATE TABLE statistics_sum (
    month TEXT NOT NULL,
    district TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    papers BIGINT NOT NULL,
    few BIGINT NOT NULL,
    PRIMARY KEY (month, district, kind, state)
);
