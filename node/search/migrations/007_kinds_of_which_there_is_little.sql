-- compat: 4
-- The documents of a kind of which there is little are looked through one by one.
CREATE INDEX search_document_kind ON search_document (kind, number);
