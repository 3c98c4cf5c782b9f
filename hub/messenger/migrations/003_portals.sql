-- compat: 3
-- Where the clients of a school come in: the address of its portal, as its node last said.
CREATE TABLE messenger_portal (school_id TEXT PRIMARY KEY, portal TEXT NOT NULL);
