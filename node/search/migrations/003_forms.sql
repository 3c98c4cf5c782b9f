-- compat: 2
-- In which form a document stands in the index (FORM in node/search/model.py): 1 as it was until now,
-- 0 not yet. What is older than the program's form is written anew, a little at a time.
ALTER TABLE search_document ADD COLUMN form INTEGER NOT NULL DEFAULT 1;
CREATE INDEX search_document_form ON search_document (form, number DESC);
