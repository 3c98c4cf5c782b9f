-- compat: 3
-- Who kept an address of a document (an answer its source) asks later whether it may be read still.
CREATE INDEX search_document_href ON search_document (href);
