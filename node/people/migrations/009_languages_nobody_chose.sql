-- compat: 4
-- Who has no login has chosen no language yet: '' is the school's. A few thousand rows at most, once.
UPDATE people_person SET language = ''
WHERE NOT EXISTS (SELECT 1 FROM signin_v_account a WHERE a.account_id = people_person.id);
