-- compat: 105
-- What was said to each question that asks for consent, by whoever answered; `agrees` is 0 as well once it was
-- taken back, and while another guardian who must sign too has not.
CREATE VIEW forms_v_consent AS
SELECT f.id AS form_id, json_extract(q.value, '$.field') AS field, a.asked_id AS student_id,
    json_extract(q.value, '$.answer') = '동의합니다'
    AND NOT EXISTS (SELECT 1 FROM forms_signature s WHERE s.retracts = a.leaf)
    AND (coalesce(json_extract(f.draft, '$.both_guardians'), 0) = 0 OR NOT EXISTS (
        SELECT 1 FROM people_v_child c WHERE c.student_id = a.asked_id AND c.may_sign = 1
        AND NOT EXISTS (SELECT 1 FROM questions_v_answer b WHERE b.questionnaire_id = f.id
            AND b.asked_id = a.asked_id AND b.slot = c.guardian_id AND b.version >= f.valid_from)
    )) AS agrees
FROM forms_form f
JOIN questions_v_answer a ON a.questionnaire_id = f.id AND a.version >= f.valid_from
CROSS JOIN json_each(a.answers) q
WHERE f.closed_at IS NULL;

-- The questions that ask for consent, of each form.
CREATE VIEW forms_v_consent_question AS
SELECT f.id AS form_id, json_extract(q.value, '$.id') AS field, f.title,
    json_extract(q.value, '$.label') AS label, f.opened_at
FROM forms_form f CROSS JOIN json_each(f.draft, '$.fields') q
WHERE f.closed_at IS NULL AND json_extract(q.value, '$.kind') = 'consent';
CREATE INDEX forms_form_opened ON forms_form (opened_at);
