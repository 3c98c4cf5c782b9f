-- compat: 84
-- Kinds of papers as the school has them; `definition` is JSON (node/submissions/kinds.py).
CREATE TABLE submissions_type (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    name TEXT NOT NULL,
    lead TEXT NOT NULL,
    definition TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Each version, for the papers that were begun under it.
CREATE TABLE submissions_wording (
    type_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (type_id, version)
) STRICT, WITHOUT ROWID;

-- `state` as in node/submissions/model.py. `typed` is what was typed so far, as JSON; the answers that were
-- sent stand with the questions. `number` counts what the school received in a school year, 0 before that.
CREATE TABLE submissions_paper (
    id TEXT PRIMARY KEY,
    type_id TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    student_id TEXT,
    student_name TEXT NOT NULL,
    class_id TEXT,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    relation TEXT NOT NULL,
    parent_id TEXT,
    typed TEXT NOT NULL,
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    half TEXT NOT NULL,
    halves INTEGER NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    evidence_until INTEGER,
    report_until INTEGER,
    reminded INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    sent_at INTEGER,
    decided_at INTEGER
) STRICT;
CREATE UNIQUE INDEX submissions_paper_number ON submissions_paper (year, number) WHERE number > 0;
CREATE INDEX submissions_paper_by ON submissions_paper (by_id, updated_at);
CREATE INDEX submissions_paper_mine ON submissions_paper (by_id, state);
CREATE INDEX submissions_paper_student ON submissions_paper (student_id, type_id, first_on);
CREATE INDEX submissions_paper_of_student ON submissions_paper (student_id, sent_at);
CREATE INDEX submissions_paper_class ON submissions_paper (class_id, sent_at, id);
CREATE INDEX submissions_paper_sent ON submissions_paper (sent_at, id);
CREATE INDEX submissions_paper_parent ON submissions_paper (parent_id) WHERE parent_id IS NOT NULL;
-- What waits for the office, for somebody's report, for evidence; drafts that go some day.
CREATE INDEX submissions_paper_differs ON submissions_paper (sent_at) WHERE state = 'family_differs';
CREATE INDEX submissions_paper_unmatched ON submissions_paper (sent_at)
WHERE state = 'received' AND student_id IS NULL;
CREATE INDEX submissions_paper_ended ON submissions_paper (last_on)
WHERE state = 'approved' AND report_until IS NOT NULL;
CREATE INDEX submissions_paper_owes ON submissions_paper (report_until) WHERE state = 'report_waits';
CREATE INDEX submissions_paper_evidence ON submissions_paper (evidence_until)
WHERE evidence_until IS NOT NULL;
CREATE INDEX submissions_paper_drafts ON submissions_paper (updated_at) WHERE state = 'draft';

-- The exact text that was sent, by revision: what a decision's record has the hash of.
CREATE TABLE submissions_document (
    paper_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (paper_id, revision)
) STRICT, WITHOUT ROWID;

-- `leaf`: where the school's log has the decision.
CREATE TABLE submissions_trail (
    paper_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    word TEXT NOT NULL,
    leaf INTEGER,
    PRIMARY KEY (paper_id, seq)
) STRICT, WITHOUT ROWID;

-- What other guardians say; `agrees` is NULL until they do.
CREATE TABLE submissions_opinion (
    paper_id TEXT NOT NULL,
    guardian_id TEXT NOT NULL,
    name TEXT NOT NULL,
    relation TEXT NOT NULL,
    agrees INTEGER,
    word TEXT NOT NULL,
    at INTEGER,
    PRIMARY KEY (paper_id, guardian_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX submissions_opinion_wanted ON submissions_opinion (guardian_id) WHERE agrees IS NULL;

-- What others may read -------------------------------------------------------------------------------

CREATE VIEW submissions_v_type AS SELECT id, name, lead, definition, changed_at FROM submissions_type WHERE is_open = 1;
