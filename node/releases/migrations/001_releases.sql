-- compat: 1
-- What the province points to, of each kind; replaced with each word of it.
CREATE TABLE releases_wanted (
    kind TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    size BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT ''
);

-- Releases this school has, had, or refused. `path` is empty once the files are gone.
CREATE TABLE releases_release (
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    size BIGINT NOT NULL DEFAULT 0,
    step TEXT NOT NULL,                 -- protocol.sync.ReleaseStep, or 'good': the one before
    error TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    permille BIGINT NOT NULL DEFAULT 0,
    from_peers BIGINT NOT NULL DEFAULT 0,
    from_hub BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    PRIMARY KEY (kind, version)
);

-- The latest moment this node has seen: a clock set back must not revive what has expired.
CREATE TABLE releases_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    latest_at BIGINT NOT NULL
);
