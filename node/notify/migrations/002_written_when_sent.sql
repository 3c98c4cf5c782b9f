-- compat: 2
-- Mail is written when it is sent, a notification when it is read: from the letter as it is then.
-- A row says who is told of what and why; a mail's address is the one it went to.
-- failed_at: closed without having been sent, last_error says why; claimed_at: on its way.
ALTER TABLE notify_mail DROP COLUMN title;
ALTER TABLE notify_mail ADD COLUMN claimed_at INTEGER;
CREATE INDEX notify_mail_waiting_for ON notify_mail (newsletter_id, person_id)
WHERE sent_at IS NULL AND failed_at IS NULL;

ALTER TABLE notify_message ADD COLUMN newsletter_id TEXT NOT NULL DEFAULT '';
UPDATE notify_message SET newsletter_id = substr(href, length('/newsletters/') + 1, 20);
ALTER TABLE notify_message DROP COLUMN title;
ALTER TABLE notify_message DROP COLUMN href;
