-- compat: 4
-- A view that no slice has ever asked.
DROP VIEW federation_v_membership;
