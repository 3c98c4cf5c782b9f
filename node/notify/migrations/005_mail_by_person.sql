-- compat: 3
-- All mail to one person, for whoever asks what is held of them.
CREATE INDEX notify_mail_person ON notify_mail (person_id);
