-- compat: 84
-- Of a day of school, the lessons of which weekday are held (1: Monday); 0: its own.
ALTER TABLE calendar_entry ADD COLUMN weekday INTEGER NOT NULL DEFAULT 0;
CREATE INDEX calendar_entry_moved ON calendar_entry (first_on) WHERE weekday > 0;

-- What others may read: for which families lessons of another weekday are held on a day.
CREATE VIEW calendar_v_move AS
SELECT e.first_on AS day, e.weekday, a.key FROM calendar_entry e
CROSS JOIN calendar_audience a ON a.entry_id = e.id
WHERE e.weekday > 0 AND a.key GLOB 'guardians*';
