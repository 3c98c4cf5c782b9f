-- compat: 3
-- Through which children somebody is told (JSON list of ids; "": in their own right): what is said is
-- shown and sent as long as they may still read it through one of these.
ALTER TABLE notify_message ADD COLUMN children TEXT NOT NULL DEFAULT '[]';
ALTER TABLE notify_mail ADD COLUMN children TEXT NOT NULL DEFAULT '[]';
UPDATE notify_message SET children = (
    SELECT json_group_array(r.student_id) FROM notify_reach r
    WHERE r.newsletter_id = notify_message.newsletter_id AND r.person_id = notify_message.person_id
);
UPDATE notify_mail SET children = (
    SELECT json_group_array(r.student_id) FROM notify_reach r
    WHERE r.newsletter_id = notify_mail.newsletter_id AND r.person_id = notify_mail.person_id
) WHERE sent_at IS NULL AND failed_at IS NULL;
