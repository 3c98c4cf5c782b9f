-- compat: 112
-- A drawn signature is looked for by its content: it stays on the disk while a consent has it.
CREATE INDEX forms_signature_drawing ON forms_signature (drawing_hash) WHERE drawing_hash IS NOT NULL;
