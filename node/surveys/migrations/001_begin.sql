-- compat: 84
-- A survey asks those who hold one of its keys. It is a draft until it is published; from `closed_at` on no
-- answer comes in, from `opened_at` on there are results, and once it is settled nothing of its ballots is left.
CREATE TABLE surveys_survey (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    fields TEXT NOT NULL,
    is_named INTEGER NOT NULL,
    is_shared INTEGER NOT NULL,
    author_id TEXT NOT NULL,
    closes_at INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    asked INTEGER NOT NULL DEFAULT 0,
    cast_count INTEGER NOT NULL DEFAULT 0,
    box TEXT NOT NULL DEFAULT '',
    is_lost INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER,
    reminded_at INTEGER,
    closed_at INTEGER,
    opened_at INTEGER,
    settled_at INTEGER
) STRICT;
CREATE INDEX surveys_published ON surveys_survey (published_at DESC, id) WHERE published_at IS NOT NULL;
CREATE INDEX surveys_open ON surveys_survey (closes_at) WHERE published_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX surveys_unsettled ON surveys_survey (closes_at)
    WHERE published_at IS NOT NULL AND settled_at IS NULL;
CREATE INDEX surveys_draft ON surveys_survey (made_at DESC) WHERE published_at IS NULL;
CREATE INDEX surveys_shown ON surveys_survey (opened_at DESC) WHERE opened_at IS NOT NULL;
CREATE INDEX surveys_of ON surveys_survey (author_id, closes_at);

CREATE TABLE surveys_audience (
    survey_id TEXT NOT NULL REFERENCES surveys_survey (id),
    key TEXT NOT NULL,
    PRIMARY KEY (survey_id, key)
) STRICT, WITHOUT ROWID;

-- Who took part, each once and without a time. Of an anonymous survey it goes at the closing.
CREATE TABLE surveys_part (
    survey_id TEXT NOT NULL REFERENCES surveys_survey (id),
    person_id TEXT NOT NULL,
    PRIMARY KEY (survey_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX surveys_part_of ON surveys_part (person_id, survey_id);

-- Ballots of anonymous surveys, sealed, all of one survey equally long. Who cast which might be found out from
-- pages of this file; what is in them cannot, once their key is gone (docs/decisions/0029).
CREATE TABLE surveys_sealed (
    survey_id TEXT NOT NULL REFERENCES surveys_survey (id),
    id TEXT NOT NULL,
    ballot BLOB NOT NULL,
    PRIMARY KEY (survey_id, id)
) STRICT, WITHOUT ROWID;

-- How often each option was chosen; '' counts who answered the question at all.
CREATE TABLE surveys_sum (
    survey_id TEXT NOT NULL REFERENCES surveys_survey (id),
    field_id TEXT NOT NULL,
    option TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (survey_id, field_id, option)
) STRICT, WITHOUT ROWID;

-- What was written in an anonymous survey, each question's answers apart from those of the others and in the
-- order of chance.
CREATE TABLE surveys_words (
    survey_id TEXT NOT NULL REFERENCES surveys_survey (id),
    field_id TEXT NOT NULL,
    id TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (survey_id, field_id, id)
) STRICT, WITHOUT ROWID;

-- What others may read.
CREATE VIEW surveys_v_survey AS
SELECT id, title, text, fields, closes_at, published_at FROM surveys_survey WHERE published_at IS NOT NULL;
CREATE VIEW surveys_v_audience AS SELECT survey_id, key FROM surveys_audience;
