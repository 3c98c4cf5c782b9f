-- compat: 113
-- Lists of one kind, and of what is not ended, begin with the latest.
CREATE INDEX submissions_paper_kind ON submissions_paper (type_id, sent_at, id);
CREATE INDEX submissions_paper_open ON submissions_paper (sent_at, id)
WHERE state IN ('family_waits', 'family_differs', 'family_refused', 'received', 'in_progress', 'returned');
