-- compat: 2
-- What an earlier version read otherwise than it is shown: read anew, one thing at a time.
CREATE TABLE search_unread (subject TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO search_unread (subject)
SELECT DISTINCT subject FROM search_document
WHERE kind IN ('newsletter', 'class_notice', 'official');
