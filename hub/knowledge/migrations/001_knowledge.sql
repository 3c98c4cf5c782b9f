-- compat: 1
-- A document of the handbook. `audience` names who may read it at school; days are ISO, the last one
-- included, '' open. `body` is Markdown or the text found in the file. `state` is a digest of what the
-- index says of it, `published_state` that of the last publication ('' : not in it).
CREATE TABLE knowledge_document (
    document_id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    source TEXT NOT NULL,
    audience TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    body TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    published_state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by_name TEXT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX knowledge_document_title ON knowledge_document (title, document_id);

-- Every version of a document as it was saved (JSON), never changed; withdrawals and their undoing too.
CREATE TABLE knowledge_version (
    document_id TEXT NOT NULL REFERENCES knowledge_document (document_id),
    version BIGINT NOT NULL,
    act TEXT NOT NULL,
    content TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (document_id, version)
);
