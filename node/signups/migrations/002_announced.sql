-- compat: 84
-- When families were told that they can sign up. Of sign-ups that are open already they know.
ALTER TABLE signups_signup ADD COLUMN announced_at INTEGER;
UPDATE signups_signup SET announced_at = opens_at
WHERE published_at IS NOT NULL AND opens_at <= unixepoch() * 1000;
CREATE INDEX signups_unannounced ON signups_signup (opens_at)
WHERE published_at IS NOT NULL AND announced_at IS NULL;
