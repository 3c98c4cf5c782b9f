-- compat: 113
-- How many papers that came in during a month (2026-11, Korean time) stand in a state, by kind. The database
-- itself keeps it, so that it is right behind programs that know nothing of it, too.
CREATE TABLE submissions_tally (
    month TEXT NOT NULL,
    type_id TEXT NOT NULL,
    state TEXT NOT NULL,
    papers INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (month, type_id, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX submissions_tally_changed ON submissions_tally (changed_at, month);

INSERT INTO submissions_tally (month, type_id, state, papers, changed_at)
SELECT strftime('%Y-%m', sent_at / 1000, 'unixepoch', '+9 hours'), type_id, state, count(*), 0
FROM submissions_paper WHERE sent_at IS NOT NULL AND state <> 'draft' GROUP BY 1, 2, 3;

CREATE TRIGGER submissions_tally_begins AFTER INSERT ON submissions_paper
WHEN NEW.state <> 'draft' AND NEW.sent_at IS NOT NULL
BEGIN
    INSERT INTO submissions_tally (month, type_id, state, papers, changed_at)
    VALUES (strftime('%Y-%m', NEW.sent_at / 1000, 'unixepoch', '+9 hours'), NEW.type_id, NEW.state, 1,
        NEW.updated_at)
    ON CONFLICT (month, type_id, state) DO UPDATE SET papers = papers + 1, changed_at = excluded.changed_at;
END;

CREATE TRIGGER submissions_tally_moves AFTER UPDATE OF state ON submissions_paper
WHEN NEW.state <> OLD.state AND NEW.sent_at IS NOT NULL
BEGIN
    UPDATE submissions_tally SET papers = papers - 1, changed_at = NEW.updated_at
    WHERE OLD.state <> 'draft' AND type_id = OLD.type_id AND state = OLD.state
        AND month = strftime('%Y-%m', OLD.sent_at / 1000, 'unixepoch', '+9 hours');
    INSERT INTO submissions_tally (month, type_id, state, papers, changed_at)
    VALUES (strftime('%Y-%m', NEW.sent_at / 1000, 'unixepoch', '+9 hours'), NEW.type_id, NEW.state, 1,
        NEW.updated_at)
    ON CONFLICT (month, type_id, state) DO UPDATE SET papers = papers + 1, changed_at = excluded.changed_at;
END;

CREATE VIEW submissions_v_tally AS SELECT month, type_id, state, papers, changed_at FROM submissions_tally;
