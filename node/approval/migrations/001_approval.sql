-- compat: 78
-- What waits for who decides, and what was decided on until it is carried out. kind is the owner's word
-- for what it is, id the owner's. substance: what was decided on, whole, as its owner says it; the
-- decider is '' where the author decided alone.
CREATE TABLE approval_matter (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    decided_at INTEGER,
    decider_id TEXT NOT NULL DEFAULT '',
    decider_name TEXT NOT NULL DEFAULT '',
    substance TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_waiting ON approval_matter (kind, asked_at, id) WHERE decided_at IS NULL;

UPDATE kit_meta SET name = 'approval.rules' WHERE name = 'newsletters.rules';
