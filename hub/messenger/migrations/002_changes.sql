-- compat: 3
-- The version of the list in which a server was last changed (0: before this was kept), so that a node
-- hears of changes only. `gone` 1: the school has none any more; those who have it in their list are told.
ALTER TABLE messenger_server ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messenger_server ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messenger_server_seq ON messenger_server (seq);
