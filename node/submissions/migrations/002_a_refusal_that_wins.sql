-- compat: 113
-- Papers may be in the state 'family_refused', which programs before this one do not know.
DROP INDEX submissions_paper_differs;
CREATE INDEX submissions_paper_unsettled ON submissions_paper (sent_at)
WHERE state IN ('family_differs', 'family_refused');
