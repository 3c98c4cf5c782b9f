-- compat: 2
-- Whose counter it is: each key begins anew, so that nobody's last request binds a new key.
ALTER TABLE sync_contact ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
-- Where it was heard from last, and since when two machines seem to speak with it (0: not so).
ALTER TABLE sync_contact ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sync_contact ADD COLUMN alarm_at BIGINT NOT NULL DEFAULT 0;

-- The lives (epochs) of a school's database that its present key has spoken for. One that comes back
-- after another was heard is a second machine.
CREATE TABLE sync_epoch (
    school_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (school_id, epoch)
);

-- When a school's node was heard from another address, or as another life, than just before: the
-- latest few.
CREATE TABLE sync_change (
    change_id TEXT PRIMARY KEY,
    school_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    epoch TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sync_change_school ON sync_change (school_id, at);

-- One key, two machines, and the changes that show it (JSON). Kept for good; `settled_at` when an
-- officer dealt with it.
CREATE TABLE sync_alarm (
    alarm_id TEXT PRIMARY KEY,
    school_id TEXT NOT NULL,
    sign TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sync_alarm_school ON sync_alarm (school_id, found_at);

CREATE VIEW sync_v_alarm AS
    SELECT school_id, sign, found_at, last_at FROM sync_alarm WHERE settled_at IS NULL;
