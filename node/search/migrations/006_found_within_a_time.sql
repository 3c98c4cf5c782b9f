-- compat: 4
-- What rights to a document are asked by, without its text; what is young enough is asked for first.
CREATE INDEX search_document_facts ON search_document (number, kind, at, subject);
CREATE INDEX search_document_at ON search_document (at, number);
