-- compat: 2
-- Whoever approved a letter is told when it cannot go out at its hour.
ALTER TABLE newsletters_newsletter ADD COLUMN approver_id TEXT NOT NULL DEFAULT '';

-- What is said of a letter is written when it is read or sent, whatever state the letter is in.
CREATE VIEW newsletters_v_letter AS
SELECT n.id, n.state, n.title, n.author_id, n.approver_id,
       EXISTS (SELECT 1 FROM newsletters_proposal p WHERE p.newsletter_id = n.id) AS has_proposal
FROM newsletters_newsletter n;
