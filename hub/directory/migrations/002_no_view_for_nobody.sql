-- compat: 3
-- A view that no slice has ever asked.
DROP VIEW directory_v_share;
