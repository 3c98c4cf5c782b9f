-- compat: 1
-- The exact text shown to signers, by its SHA-256.
CREATE TABLE forms_document (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE forms_form (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    draft TEXT NOT NULL,
    document_hash TEXT NOT NULL REFERENCES forms_document (hash),
    author_id TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    deadline_at INTEGER
) STRICT;
CREATE INDEX forms_form_deadline ON forms_form (deadline_at);

CREATE TABLE forms_audience (
    form_id TEXT NOT NULL REFERENCES forms_form (id),
    key TEXT NOT NULL,
    PRIMARY KEY (form_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX forms_audience_key ON forms_audience (key, form_id);

-- The answer that holds for a child; `signer_slot` is the guardian when both must sign, else ''.
CREATE TABLE forms_answer (
    form_id TEXT NOT NULL REFERENCES forms_form (id),
    student_id TEXT NOT NULL,
    signer_slot TEXT NOT NULL,
    guardian_id TEXT NOT NULL,
    guardian_name TEXT NOT NULL,
    answers TEXT NOT NULL,
    leaf INTEGER NOT NULL,
    record_hash TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    on_paper_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (form_id, student_id, signer_slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX forms_answer_guardian ON forms_answer (guardian_id, signed_at DESC);

-- Every signature ever given, so that a change keeps what it changed.
CREATE TABLE forms_signature (
    leaf INTEGER PRIMARY KEY,
    form_id TEXT NOT NULL REFERENCES forms_form (id),
    student_id TEXT NOT NULL,
    guardian_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    signed_at INTEGER NOT NULL,
    drawing_hash TEXT
) STRICT;
CREATE INDEX forms_signature_child ON forms_signature (form_id, student_id, revision);

-- A page carries a key; sent twice, it is answered twice the same.
CREATE TABLE forms_submission (
    submission TEXT PRIMARY KEY,
    guardian_id TEXT NOT NULL,
    leaf INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW forms_v_form AS
SELECT id, subject, title, opened_at, deadline_at FROM forms_form;

CREATE VIEW forms_v_answer AS
SELECT form_id, student_id, guardian_id, signed_at, leaf FROM forms_answer;
