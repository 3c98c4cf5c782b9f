-- compat: 3
-- A list of documents, and what waits for publication, are read without their bodies.
CREATE INDEX knowledge_document_listed ON knowledge_document (category, title, document_id)
    WHERE withdrawn_at IS NULL;
CREATE INDEX knowledge_document_waiting
    ON knowledge_document (published_state, state, withdrawn_at, document_id);

-- Pairs of letters that stand in a document, so that a search reads the bodies it shows only
-- (hub/knowledge/finding.py). `version`: the one whose pairs stand here, 0 while they are written.
CREATE TABLE knowledge_indexed (
    number INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL
);
CREATE TABLE knowledge_pair (
    pair TEXT COLLATE BINARY NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (pair, number)
) WITHOUT ROWID;

-- Documents whose pairs do not stand here yet: their bodies are read.
CREATE TABLE knowledge_unindexed (document_id TEXT PRIMARY KEY);
INSERT INTO knowledge_unindexed (document_id) SELECT document_id FROM knowledge_document;
