-- compat: 126
-- Since when a scan waits for its slip on paper to be entered; its file is attached to the same `target`.
CREATE TABLE forms_scan (target TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE INDEX forms_scan_at ON forms_scan (at);
