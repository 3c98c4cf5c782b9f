-- compat: 3
-- 접속기록 (개인정보의 안전성 확보조치 기준 제8조): account, time, address, whose data, what was done.
-- `persons` is a JSON list of ids; `odd` holds the bits of node.access_log.model.Odd. `hash` is the
-- SHA-256 over the entry before it and the entry's own content.
CREATE TABLE access_log_entry (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    reader_id TEXT NOT NULL,
    reader_name TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    persons TEXT NOT NULL,
    shown INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX access_log_entry_at ON access_log_entry (at);
CREATE INDEX access_log_entry_reader ON access_log_entry (reader_id, at);
CREATE INDEX access_log_entry_odd ON access_log_entry (at) WHERE odd <> 0;

-- Who looked at this child: a row for each person an entry speaks of.
CREATE TABLE access_log_shown (
    person_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (person_id, at, seq)
) STRICT, WITHOUT ROWID;

-- How far the journal was taken over (the place moves in the transaction that keeps its lines),
-- where the chain begins and ends, and what its daily check found. Entries older than
-- `removable_before` may be removed.
CREATE TABLE access_log_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL DEFAULT x'',
    base BLOB NOT NULL DEFAULT x'',
    removable_before INTEGER NOT NULL DEFAULT 0,
    checked_at INTEGER,
    broken_at INTEGER
) STRICT;
INSERT INTO access_log_state (id) VALUES (1);

CREATE TRIGGER access_log_entry_is_new BEFORE INSERT ON access_log_entry
WHEN EXISTS (SELECT 1 FROM access_log_entry WHERE seq = NEW.seq)
BEGIN
    SELECT raise(ABORT, 'the access log only grows');
END;
CREATE TRIGGER access_log_entry_is_fixed BEFORE UPDATE ON access_log_entry
BEGIN
    SELECT raise(ABORT, 'the access log only grows');
END;
CREATE TRIGGER access_log_entry_stays BEFORE DELETE ON access_log_entry
WHEN OLD.at >= (SELECT removable_before FROM access_log_state)
BEGIN
    SELECT raise(ABORT, 'the access log is kept for its time');
END;
