-- compat: 80
-- A correction that came back to its author keeps its words, but waits for nobody: whether one waits,
-- approval knows.
DROP VIEW newsletters_v_letter;
CREATE VIEW newsletters_v_letter AS
SELECT n.id, n.state, n.title, n.author_id, n.approver_id,
       EXISTS (
           SELECT 1 FROM approval_matter m
           WHERE m.kind = 'correction' AND m.id = n.id AND m.decided_at IS NULL
       ) AS has_proposal
FROM newsletters_newsletter n;
