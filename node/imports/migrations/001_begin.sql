-- compat: 84
-- Which column a heading was said to be, so that it is asked once; no field: it is not read.
CREATE TABLE imports_heading (
    about TEXT NOT NULL,
    heading TEXT NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (about, heading)
) STRICT, WITHOUT ROWID;
