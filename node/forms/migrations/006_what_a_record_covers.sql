-- compat: 3
-- The letter's files (JSON: name, sha256), which a signature covers like the text.
ALTER TABLE forms_form ADD COLUMN files TEXT NOT NULL DEFAULT '[]';

-- Answers are compared with the signed records in the order of the log.
CREATE INDEX forms_answer_leaf ON forms_answer (leaf);

-- Letters are compared with what was signed of them.
CREATE VIEW forms_v_wording AS
SELECT w.form_id, f.subject, w.version, w.document_hash, f.files
FROM forms_wording w JOIN forms_form f ON f.id = w.form_id;
