-- compat: 105
-- Which of them the province has published, for whoever speaks with it of them.
CREATE VIEW supplies_v_item AS SELECT kind, key, name FROM supplies_item;
