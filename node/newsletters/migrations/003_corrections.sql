-- compat: 2
-- What a proposed correction does to the letter's form: JSON of forms.model.AfterCorrection, or ''.
ALTER TABLE newsletters_proposal ADD COLUMN form TEXT NOT NULL DEFAULT '';

-- Forms know since their migration 003 that their letter was withdrawn. Of letters withdrawn
-- before, only this slice knows; this one time it tells them.
UPDATE forms_form SET closed_at = (
    SELECT n.withdrawn_at FROM newsletters_newsletter n WHERE n.id = forms_form.subject
) WHERE closed_at IS NULL AND subject IN (
    SELECT id FROM newsletters_newsletter WHERE state = 'withdrawn'
);
