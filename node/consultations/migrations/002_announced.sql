-- compat: 84
-- When families were told that they can take times. Of weeks that are open already they know.
ALTER TABLE consultations_week ADD COLUMN announced_at INTEGER;
UPDATE consultations_week SET announced_at = opens_at WHERE opens_at <= unixepoch() * 1000;
CREATE INDEX consultations_week_unannounced ON consultations_week (opens_at) WHERE announced_at IS NULL;
