-- compat: 105
-- Months of 나이스 that come by themselves: kinds, and which administrator said so.
CREATE TABLE supplies_by_itself (kind TEXT PRIMARY KEY, set_by TEXT NOT NULL, set_at INTEGER NOT NULL) STRICT;
