-- compat: 3
-- What is kept of each notice at each school stands by their numbers: a year has millions of rows.
-- A notice that was sent. `seq`: its place in the schools' streams, drawn when it was last sent,
-- corrected or taken back (0: before there were numbers; each delivery has a place of its own then).
CREATE TABLE broadcasts_sent (
    notice INTEGER PRIMARY KEY,
    notice_id TEXT NOT NULL UNIQUE,
    seq BIGINT NOT NULL
);
INSERT INTO broadcasts_sent (notice, notice_id, seq)
    SELECT row_number() OVER (ORDER BY created_at, notice_id), notice_id, 0
    FROM broadcasts_notice WHERE revision > 0;

-- The schools that were ever addressed.
CREATE TABLE broadcasts_school (
    school INTEGER PRIMARY KEY,
    school_id TEXT NOT NULL UNIQUE
);

-- What went out, by its place in the streams. `revision` 0: a reminder. One whose number lies beyond
-- that of broadcasts_stream is on its way still: nobody hears of it before all its schools are
-- addressed. `position`: how far that got; `schools`: how many they are so far.
CREATE TABLE broadcasts_dispatch (
    seq INTEGER PRIMARY KEY,
    notice BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    sent_by TEXT NOT NULL,
    sent_by_name TEXT NOT NULL,
    position TEXT NOT NULL,
    schools BIGINT NOT NULL
);

-- A notice at a school, and what the school last said of it: counts, never persons. `own_seq`: a place
-- in this school's stream that lies after the notice's, because it was reminded.
-- The rows of earlier releases come over in portions (hub/broadcasts/earlier.py).
ALTER TABLE broadcasts_delivery RENAME TO broadcasts_earlier;
DROP INDEX broadcasts_delivery_seq;
CREATE TABLE broadcasts_delivery (
    notice BIGINT NOT NULL,
    school BIGINT NOT NULL,
    own_seq BIGINT,
    reminded_at BIGINT,
    revision BIGINT NOT NULL,
    received_at BIGINT,
    addressees BIGINT NOT NULL,
    read_count BIGINT NOT NULL,
    acknowledged_at BIGINT,
    published_at BIGINT,
    delayed_until BIGINT,
    vetoed_at BIGINT,
    reason TEXT,
    PRIMARY KEY (notice, school)
) WITHOUT ROWID;
