-- compat: 4
-- A view that no slice has ever asked.
DROP VIEW messenger_v_own;
