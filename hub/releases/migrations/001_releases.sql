-- compat: 1
-- A release that was published. `version` also names its manifest; `origin_version` is the release
-- whose content was published again. `to_all_at` null: for the pilot ring only. `stopped_at`: offered
-- to nobody any more; `withdrawn_at`: not to be had any more.
CREATE TABLE releases_release (
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    size BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    origin_version BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    to_all_at BIGINT,
    to_all_by_name TEXT NOT NULL,
    stopped_at BIGINT,
    stopped_by_name TEXT NOT NULL,
    stop_reason TEXT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (kind, version)
);

-- For each ring the number of the last change of what it is offered; numbers never repeat.
CREATE TABLE releases_ring (ring TEXT PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO releases_ring (ring, seq) VALUES ('pilot', 0);
INSERT INTO releases_ring (ring, seq) VALUES ('all', 0);

-- What each school last said of a kind of release. `active` 0: none in use.
CREATE TABLE releases_adoption (
    school_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    active BIGINT NOT NULL,
    version BIGINT NOT NULL,
    step TEXT NOT NULL,
    permille BIGINT NOT NULL,
    error TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY (school_id, kind)
);

-- Long work that makes a release: one row each, so that every console sees how far it is.
CREATE TABLE releases_work (
    work_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    step TEXT NOT NULL,
    permille BIGINT NOT NULL,
    error TEXT NOT NULL,
    version BIGINT,
    started_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    started_by_name TEXT NOT NULL
);
CREATE INDEX releases_work_started ON releases_work (started_at);
