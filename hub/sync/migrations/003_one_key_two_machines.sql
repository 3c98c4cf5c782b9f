-- Whose counter it is: each key begins anew, so that nobody's last request binds a new key.
ALTER TABLE sync_contact ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
