-- compat: 76
-- Answers to consents stand where those to surveys and sign-ups will (node/questions). They are taken over at
-- once, before any page is served: a large school's three years take a second or two, and nobody has to
-- read two tables meanwhile.
INSERT INTO questions_answer (questionnaire_id, asked_id, slot, by_id, by_name, answers, given_at,
    revision, on_paper_by, version, leaf, record_hash)
SELECT form_id, student_id, signer_slot, guardian_id, guardian_name, answers, signed_at,
    revision, on_paper_by, version, leaf, record_hash
FROM forms_answer;
DROP TABLE forms_answer;
