-- compat: 80
-- What a reader doubts about a letter before it is sent, and its author keeps as it stands: by the key of the
-- doubt (node/newsletters/proof/sheet.py). A draft that is thrown away takes them along.
CREATE TABLE newsletters_kept_doubt (
    newsletter_id TEXT NOT NULL,
    doubt TEXT NOT NULL,
    PRIMARY KEY (newsletter_id, doubt)
) STRICT, WITHOUT ROWID;
