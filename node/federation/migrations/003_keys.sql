-- Since when the hub hears two machines speak with this school's key; NULL when it does not.
ALTER TABLE federation_membership ADD COLUMN two_machines_at INTEGER;
