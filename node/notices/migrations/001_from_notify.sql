-- compat: 84
-- after: node.notify 6
-- Lines in the portal and mail are of whoever tells somebody something, no longer of letters alone.
-- `about`: the thing of which somebody is told; its slice says what (node/ports/noticed.py).
ALTER TABLE notify_message RENAME TO notices_line;
ALTER TABLE notices_line RENAME COLUMN newsletter_id TO about;
DROP INDEX notify_message_person;
CREATE INDEX notices_line_person ON notices_line (person_id, at DESC);
DROP INDEX notify_message_unseen;
CREATE INDEX notices_line_unseen ON notices_line (person_id) WHERE seen_at IS NULL;

ALTER TABLE notify_mail RENAME TO notices_mail;
ALTER TABLE notices_mail RENAME COLUMN newsletter_id TO about;
DROP INDEX notify_mail_waiting;
CREATE INDEX notices_mail_waiting ON notices_mail (not_before_at)
WHERE sent_at IS NULL AND failed_at IS NULL;
DROP INDEX notify_mail_waiting_for;
CREATE INDEX notices_mail_waiting_for ON notices_mail (about, person_id)
WHERE sent_at IS NULL AND failed_at IS NULL;
DROP INDEX notify_mail_person;
CREATE INDEX notices_mail_person ON notices_mail (person_id);

ALTER TABLE notify_access RENAME TO notices_access;
DROP INDEX notify_access_person;
CREATE INDEX notices_access_person ON notices_access (person_id, at DESC);
DROP INDEX notify_access_unseen;
CREATE INDEX notices_access_unseen ON notices_access (person_id) WHERE seen_at IS NULL;
