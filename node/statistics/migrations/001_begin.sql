-- compat: 106
-- Whether the school tells its province counts of papers, and how far that has come. `looked_at`: the latest
-- change of the tallies that was seen (ms); `kinds`: those of the province that the counts are by, as JSON;
-- `told_*`: how far the hub took over, by its own word.
CREATE TABLE statistics_sharing (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    is_on INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    looked_at INTEGER NOT NULL DEFAULT 0,
    kinds TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    told_epoch TEXT NOT NULL DEFAULT '',
    told_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Each month as it is told (JSON, protocol/statistics.py); `seq` grows with every change.
CREATE TABLE statistics_month (
    month TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    counts TEXT NOT NULL
) STRICT;
CREATE INDEX statistics_month_changed ON statistics_month (seq);
