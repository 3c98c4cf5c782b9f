-- compat: 113
-- Papers that wait for another guardian, by since when: they are reminded, and the school can go on.
CREATE INDEX submissions_paper_family ON submissions_paper (updated_at) WHERE state = 'family_waits';
-- What the staff put in for a family and the child's guardians go on with.
CREATE INDEX submissions_paper_for_family ON submissions_paper (student_id)
WHERE relation = '교직원' AND (state IN ('returned', 'report_waits') OR evidence_until IS NOT NULL);

-- How far somebody was reminded of evidence; `reminded` says it of the report and of another guardian's word.
ALTER TABLE submissions_paper ADD COLUMN evidence_reminded INTEGER NOT NULL DEFAULT 0;
UPDATE submissions_paper SET evidence_reminded = reminded WHERE evidence_until IS NOT NULL;
