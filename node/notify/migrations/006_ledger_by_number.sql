-- compat: 4
-- The reach ledger with a number for each letter and each person. A row of notify_reach took 90 bytes
-- and its two indices 150 more; a row here takes 20, and a letter to all is written in one place.
-- A letter's rows are whole here or in notify_reach, from where they come in portions
-- (node/notify/earlier.py); notify_letter names those whose rows are here.
CREATE TABLE notify_person (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO notify_person (number, id) VALUES (0, '');
-- sent_at: when the letter was published.
CREATE TABLE notify_letter (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notify_letter_sent ON notify_letter (sent_at, number);
-- Whom a letter was for and how far it came with each. letter, person, child: their numbers; the child
-- "" is of those whom it addresses in their own right. unreachable: see model.REASONS. Who has opened a letter
-- stands with the letters.
CREATE TABLE notify_reached (
    letter INTEGER NOT NULL,
    person INTEGER NOT NULL,
    child INTEGER NOT NULL,
    answered_at INTEGER,
    unreachable INTEGER NOT NULL DEFAULT 0,
    reminded_at INTEGER,
    PRIMARY KEY (letter, person, child)
) STRICT, WITHOUT ROWID;
-- They hold ids only: pages that are not overwritten with zeros are given back in a tenth of the time.
PRAGMA secure_delete = OFF;
DROP INDEX notify_reach_student;
DROP INDEX notify_reach_person;
PRAGMA secure_delete = ON;
