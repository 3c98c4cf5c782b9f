-- compat: node 3, hub 2
-- When the person of a session last proved who they are: with its start, or when asked again.
ALTER TABLE signin_session ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;
UPDATE signin_session SET verified_at = created_at;
