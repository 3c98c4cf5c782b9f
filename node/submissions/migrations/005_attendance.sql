-- compat: 113
-- Kinds say themselves what they mean for attendance (node/submissions/kinds.py); those delivered before keep what
-- they meant. A school has some dozens of kinds, and as many wordings as it changed them.
UPDATE submissions_type SET definition = json_set(definition, '$.attendance', json('{"presence":"absent","cause":""}'))
WHERE id = 'absence';
UPDATE submissions_type SET definition = json_set(definition, '$.attendance', json('{"presence":"absent","cause":"approved"}'))
WHERE id IN ('off-campus', 'family-event');
UPDATE submissions_type SET definition = json_set(definition, '$.attendance', json('{"presence":"","cause":""}'))
WHERE id = 'partial';
UPDATE submissions_type SET definition = json_set(definition, '$.attendance', json('{"presence":"","cause":"approved"}'))
WHERE id = 'menstrual';
UPDATE submissions_wording SET definition = (
    SELECT json_set(submissions_wording.definition, '$.attendance', json(json_extract(t.definition, '$.attendance')))
    FROM submissions_type t WHERE t.id = submissions_wording.type_id
)
WHERE type_id IN ('absence', 'off-campus', 'family-event', 'partial', 'menstrual');
