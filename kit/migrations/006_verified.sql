-- compat: node 4, hub 3
-- How far a log was verified, so that each night only what is new is, and a part of the old anew
-- (node/ledger/checking.py). size, mark: all up to there, and the log's end as it was then; again,
-- again_mark: how far it has been gone through once more.
CREATE TABLE kit_verified (
    name TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    mark TEXT NOT NULL,
    again BIGINT NOT NULL,
    again_mark TEXT NOT NULL,
    at BIGINT NOT NULL
);
