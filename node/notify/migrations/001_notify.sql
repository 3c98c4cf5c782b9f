-- compat: 1
-- The reach ledger: for each letter, whom it was for and how far it came with each.
-- student_id is '' for those it addresses in their own right.
CREATE TABLE notify_reach (
    newsletter_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    student_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    opened_at INTEGER,
    answered_at INTEGER,
    unreachable TEXT NOT NULL DEFAULT '',
    reminded_at INTEGER,
    reminders INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (newsletter_id, person_id, student_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_reach_student ON notify_reach (newsletter_id, student_id);
CREATE INDEX notify_reach_person ON notify_reach (person_id, newsletter_id);

-- A line in somebody's notifications.
CREATE TABLE notify_message (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    href TEXT NOT NULL,
    at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE INDEX notify_message_person ON notify_message (person_id, at DESC);
CREATE INDEX notify_message_unseen ON notify_message (person_id) WHERE seen_at IS NULL;

-- Mail on its way. Only a title and a link leave the school, never an answer or a child's name.
CREATE TABLE notify_mail (
    id TEXT PRIMARY KEY,
    newsletter_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    address TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    not_before_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    failed_at INTEGER,
    last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notify_mail_waiting ON notify_mail (not_before_at)
WHERE sent_at IS NULL AND failed_at IS NULL;

-- Letters whose reminder before the deadline has gone out.
CREATE TABLE notify_deadline_reminder (
    form_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;
