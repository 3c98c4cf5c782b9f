-- The monthly look at the access log. `text` is canonical JSON signed by the school's key.
CREATE TABLE privacy_review (
    id TEXT PRIMARY KEY,
    month TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    note TEXT NOT NULL,
    entries INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    text TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
CREATE INDEX privacy_review_month ON privacy_review (month, at DESC);
