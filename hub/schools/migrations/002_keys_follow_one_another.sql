-- compat: 2
-- Why a key ended (rotated, revoked; '' while it is in force), which key it followed, by which
-- statement of both (JSON), and what the hub answered, for the same statement again.
ALTER TABLE schools_key ADD COLUMN ending TEXT NOT NULL DEFAULT '';
ALTER TABLE schools_key ADD COLUMN follows TEXT;
ALTER TABLE schools_key ADD COLUMN rotation TEXT;
ALTER TABLE schools_key ADD COLUMN grant_text TEXT;
UPDATE schools_key SET ending = 'revoked' WHERE ended_at IS NOT NULL;
