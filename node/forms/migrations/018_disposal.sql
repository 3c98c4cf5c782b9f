-- compat: 144
-- Forms whose period of retention is over are disposed of (파기) once a person has approved it. `year` is that of the
-- last thing that happened, `record` the place of the disposal.v1 in the ledger, from which on nothing is added.
-- Programs before this one would show what was disposed of as missing.
CREATE TABLE forms_disposal (
    id TEXT PRIMARY KEY,
    form_id TEXT NOT NULL UNIQUE REFERENCES forms_form (id),
    title TEXT NOT NULL,
    year INTEGER NOT NULL,
    retention_years INTEGER NOT NULL,
    count INTEGER NOT NULL,
    done INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    record INTEGER,
    done_at INTEGER
) STRICT;
CREATE INDEX forms_disposal_at ON forms_disposal (at);
CREATE INDEX forms_disposal_open ON forms_disposal (at) WHERE done_at IS NULL;

-- What is due, as the night found it.
CREATE TABLE forms_due (
    form_id TEXT PRIMARY KEY REFERENCES forms_form (id),
    year INTEGER NOT NULL,
    retention_years INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For how many years forms of a legal basis are kept where the form does not say otherwise; 0: for ever.
CREATE TABLE forms_retention (basis TEXT PRIMARY KEY, years INTEGER NOT NULL) STRICT;
