-- compat: 1
-- Until when a text holds (ms; NULL: no limit), for answers that must not rest on what has lapsed.
ALTER TABLE search_document ADD COLUMN valid_from INTEGER;
ALTER TABLE search_document ADD COLUMN valid_until INTEGER;

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW search_v_document AS
SELECT number, subject, kind, title, note, href, text, at, valid_from, valid_until
FROM search_document;

CREATE VIEW search_v_document_key AS SELECT document, key FROM search_key;
