-- compat: 84
-- Whether somebody's own calendar program is told what is due, too.
ALTER TABLE calendar_subscription ADD COLUMN deadlines INTEGER NOT NULL DEFAULT 0;
