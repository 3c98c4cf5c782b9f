-- Whoever approved a letter is told when it cannot go out at its hour.
ALTER TABLE newsletters_newsletter ADD COLUMN approver_id TEXT NOT NULL DEFAULT '';
