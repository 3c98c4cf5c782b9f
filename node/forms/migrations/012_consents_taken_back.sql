-- compat: 105
-- A consent is taken back by a record of its own (retraction.v1), which stands among the signatures:
-- `retracts` is the place of the consent in the ledger. Programs before this one do not know such records.
ALTER TABLE forms_signature ADD COLUMN retracts INTEGER;
CREATE UNIQUE INDEX forms_signature_retracts ON forms_signature (retracts) WHERE retracts IS NOT NULL;

-- What rests on such a consent must stop: until somebody says that it has, it is the author's task.
CREATE TABLE forms_retraction (
    leaf INTEGER PRIMARY KEY REFERENCES forms_signature (leaf),
    form_id TEXT NOT NULL REFERENCES forms_form (id),
    stopped_at INTEGER,
    stopped_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX forms_retraction_open ON forms_retraction (form_id) WHERE stopped_at IS NULL;
CREATE INDEX forms_retraction_form ON forms_retraction (form_id, leaf);
