-- compat: 144
-- App passwords are the account's (kit.signin), beside those of other doors; those of a generation that
-- is over opened nothing any more.
INSERT INTO signin_app_password (id, account_id, door, name, secret_hash, made_at, used_at)
SELECT p.id, p.person_id, 'messenger', p.name, p.secret_hash, p.made_at, p.used_at
FROM messenger_app_password p JOIN signin_account a ON a.account_id = p.person_id
WHERE p.generation = a.generation;
DROP TABLE messenger_app_password;
