-- compat: 78
-- What waits for a decision, and what was decided on, is kept by approval since its migration 001. Of
-- letters and corrections on their way before, only this slice knows; this one time it tells.
INSERT INTO approval_matter (kind, id, title, author_id, author_name, asked_at)
SELECT 'newsletter', id, title, author_id, author_name, updated_at
FROM newsletters_newsletter WHERE state = 'submitted';

INSERT INTO approval_matter
    (kind, id, title, author_id, author_name, asked_at, decided_at, decider_id, decider_name, substance)
SELECT 'newsletter', id, title, author_id, author_name, updated_at, updated_at, approver_id,
       approver_name, decided
FROM newsletters_newsletter WHERE state IN ('approved', 'scheduled', 'held');

INSERT INTO approval_matter (kind, id, title, author_id, author_name, asked_at)
SELECT 'correction', newsletter_id, title, author_id, author_name, created_at
FROM newsletters_proposal;

ALTER TABLE newsletters_newsletter DROP COLUMN decided;
