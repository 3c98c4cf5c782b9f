-- compat: 1
-- A document is a letter, an official notice or the text of a file; `subject` names the thing it
-- belongs to, so that the thing's documents are replaced together.
CREATE TABLE search_document (
    number INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    note TEXT NOT NULL,
    href TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX search_document_subject ON search_document (subject);

CREATE TABLE search_key (
    document INTEGER NOT NULL REFERENCES search_document (number) ON DELETE CASCADE,
    key TEXT NOT NULL,
    PRIMARY KEY (document, key)
) STRICT, WITHOUT ROWID;

-- Holds pairs of syllables (node/search/model.py), not words: rowid = search_document.number.
CREATE VIRTUAL TABLE search_index USING fts5 (
    title, body, tokenize = "unicode61 remove_diacritics 0", prefix = '1'
);
