-- compat: 1
-- When it changed last (ms): of many changes the latest is told first.
ALTER TABLE assistant_stale ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX assistant_stale_at ON assistant_stale (at DESC);
