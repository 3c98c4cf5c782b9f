-- compat: 3
-- The sums over a notice's schools, changed in the unit that changes a delivery. A notice of an earlier
-- release has none until its deliveries are counted (hub/broadcasts/tallies.py).
CREATE TABLE broadcasts_tally (
    notice INTEGER PRIMARY KEY,
    schools BIGINT NOT NULL,
    received BIGINT NOT NULL,
    acknowledged BIGINT NOT NULL,
    published BIGINT NOT NULL,
    delayed BIGINT NOT NULL,
    vetoed BIGINT NOT NULL,
    addressees BIGINT NOT NULL,
    read_count BIGINT NOT NULL
);
CREATE INDEX broadcasts_notice_deadline ON broadcasts_notice (deadline_at)
    WHERE must_acknowledge = 1;
