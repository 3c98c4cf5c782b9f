-- compat: 3
-- Which column a heading of a file of 나이스 was said to be, so that it is asked once; no field: it is not read.
CREATE TABLE supplies_heading (
    kind TEXT NOT NULL,
    heading TEXT NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (kind, heading)
);
