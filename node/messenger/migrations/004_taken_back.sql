-- compat: 3
-- An app's password counts in the generation of the account in which it was made (kit.signin): from the
-- commit that takes the account's ways in back it opens nothing.
ALTER TABLE messenger_app_password ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
