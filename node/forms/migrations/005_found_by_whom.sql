-- compat: 2
-- Somebody's receipts and a writer's open forms are looked up, however many others there are.
CREATE INDEX forms_signature_guardian ON forms_signature (guardian_id, signed_at DESC);
CREATE INDEX forms_form_author ON forms_form (author_id, deadline_at);
