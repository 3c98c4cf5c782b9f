-- compat: 1
-- A letter is written in its own row; what was published stands for good in newsletters_version.
CREATE TABLE newsletters_newsletter (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    department TEXT NOT NULL DEFAULT '',
    telephone TEXT NOT NULL DEFAULT '',
    keys TEXT NOT NULL DEFAULT '[]',
    form TEXT NOT NULL DEFAULT '',
    form_id TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    scheduled_at INTEGER,
    published_at INTEGER,
    withdrawn_at INTEGER,
    corrected_at INTEGER,
    remark TEXT NOT NULL DEFAULT '',
    approver_name TEXT NOT NULL DEFAULT '',
    UNIQUE (year, number)
) STRICT;
-- Lists walk this newest first; desks and the schedule have their own.
CREATE INDEX newsletters_published ON newsletters_newsletter (published_at, id)
WHERE state = 'published';
CREATE INDEX newsletters_author ON newsletters_newsletter (author_id, updated_at DESC);
CREATE INDEX newsletters_state ON newsletters_newsletter (state, scheduled_at);
CREATE INDEX newsletters_source ON newsletters_newsletter (source) WHERE source <> '';

CREATE TABLE newsletters_version (
    newsletter_id TEXT NOT NULL REFERENCES newsletters_newsletter (id),
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    author_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (newsletter_id, version)
) STRICT, WITHOUT ROWID;

-- A correction by somebody who may not decide alone, until an approver has.
CREATE TABLE newsletters_proposal (
    newsletter_id TEXT PRIMARY KEY REFERENCES newsletters_newsletter (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Written at publication; a draft keeps its audience in its own row.
CREATE TABLE newsletters_audience (
    newsletter_id TEXT NOT NULL REFERENCES newsletters_newsletter (id),
    key TEXT NOT NULL,
    PRIMARY KEY (newsletter_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX newsletters_audience_key ON newsletters_audience (key, newsletter_id);

CREATE TABLE newsletters_opening (
    newsletter_id TEXT NOT NULL REFERENCES newsletters_newsletter (id),
    person_id TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (newsletter_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE newsletters_attachment (
    id TEXT PRIMARY KEY,
    newsletter_id TEXT NOT NULL REFERENCES newsletters_newsletter (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX newsletters_attachment_newsletter ON newsletters_attachment (newsletter_id, position);
CREATE INDEX newsletters_attachment_sha256 ON newsletters_attachment (sha256);

-- What was made of a file's content, once for all letters that carry it.
CREATE TABLE newsletters_preview (
    sha256 TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    state TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]',
    page_count INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT '',
    made_at INTEGER
) STRICT;
CREATE INDEX newsletters_preview_waiting ON newsletters_preview (sha256) WHERE state = 'waiting';

-- What other slices may read ------------------------------------------------------------------

CREATE VIEW newsletters_v_published AS
SELECT id, kind, title, body, number, year, published_at, corrected_at, author_id, author_name,
       department, form_id, source, version
FROM newsletters_newsletter WHERE state = 'published';

CREATE VIEW newsletters_v_audience AS
SELECT a.newsletter_id, a.key FROM newsletters_audience a
JOIN newsletters_newsletter n ON n.id = a.newsletter_id AND n.state = 'published';

CREATE VIEW newsletters_v_opening AS
SELECT newsletter_id, person_id, opened_at FROM newsletters_opening;

CREATE VIEW newsletters_v_attachment AS
SELECT a.id, a.newsletter_id, a.name, a.media_type, a.size, a.sha256
FROM newsletters_attachment a
JOIN newsletters_newsletter n ON n.id = a.newsletter_id AND n.state = 'published';

CREATE VIEW newsletters_v_preview AS
SELECT sha256, state, text FROM newsletters_preview;
