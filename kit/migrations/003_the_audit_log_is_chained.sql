-- compat: node 3, hub 2
-- SHA-256 over the hash of the entry before and this entry (kit/audit.py). Entries of earlier releases
-- have none of their own: the first chained entry stands upon all of them.
ALTER TABLE kit_audit ADD COLUMN hash TEXT;
