-- compat: 3
-- What they are called, for others.
CREATE VIEW supplies_v_item AS SELECT kind, key, name FROM supplies_item;
