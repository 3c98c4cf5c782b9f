-- compat: 4
-- The index keeps no copy of the pairs it is made of (contentless): what is taken out of it is given as
-- it was put in (node/search/index.py). What it holds, its segments and sizes, stays as it is: its tables
-- stand under the new declaration, so nothing is written anew and nothing moves at the start.
-- search_earlier: the pairs that earlier versions noted (id = number, c0 of the title, c1 of the text);
-- each goes once it was compared.
ALTER TABLE search_index_content RENAME TO search_earlier;
ALTER TABLE search_index_data RENAME TO search_kept_data;
ALTER TABLE search_index_idx RENAME TO search_kept_idx;
ALTER TABLE search_index_docsize RENAME TO search_kept_docsize;
-- An index is dropped through its own tables: as much of one as that needs.
CREATE TABLE search_index_data (id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_index_data (id, block) SELECT id, block FROM search_kept_data WHERE id IN (1, 10);
DROP TABLE search_index;
CREATE VIRTUAL TABLE search_index USING fts5 (
    title, body, content = '', tokenize = "unicode61 remove_diacritics 0", prefix = '1'
);
DROP TABLE search_index_data;
DROP TABLE search_index_idx;
DROP TABLE search_index_docsize;
ALTER TABLE search_kept_data RENAME TO search_index_data;
ALTER TABLE search_kept_idx RENAME TO search_index_idx;
ALTER TABLE search_kept_docsize RENAME TO search_index_docsize;

-- What stands in the index, and a checksum of the pairs it was put in by.
CREATE TABLE search_pairs (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL) STRICT;

-- Documents that are gone, too long to be cut while others wait: their pairs still stand in the index.
CREATE TABLE search_leaving (
    number INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    note TEXT NOT NULL,
    text TEXT NOT NULL,
    form INTEGER NOT NULL
) STRICT;
