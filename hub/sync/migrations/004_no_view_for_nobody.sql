-- compat: 3
-- Views that no slice has ever asked.
DROP VIEW sync_v_contact;
DROP VIEW sync_v_fork;
