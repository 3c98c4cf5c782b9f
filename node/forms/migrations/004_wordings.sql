-- compat: 2
-- Every wording of its letter that a form was signed under, by the letter's version.
CREATE TABLE forms_wording (
    form_id TEXT NOT NULL REFERENCES forms_form (id),
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    document_hash TEXT NOT NULL REFERENCES forms_document (hash),
    at INTEGER NOT NULL,
    PRIMARY KEY (form_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO forms_wording (form_id, version, title, document_hash, at)
SELECT id, 1, title, document_hash, opened_at FROM forms_form;

-- `version` is signed now; answers to wordings before `valid_from` hold no more: asked anew.
ALTER TABLE forms_form ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE forms_form ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 1;
ALTER TABLE forms_answer ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE forms_signature ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

DROP VIEW forms_v_answer;
CREATE VIEW forms_v_answer AS
SELECT a.form_id, a.student_id, a.guardian_id, a.signed_at, a.leaf
FROM forms_answer a JOIN forms_form f ON f.id = a.form_id AND a.version >= f.valid_from;
