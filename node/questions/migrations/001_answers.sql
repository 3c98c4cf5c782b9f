-- compat: 1
-- The answer that holds of one who is asked; `slot` is who answered where several answer each apart, else
-- ''. `leaf` and `record_hash`: the record of the school's ledger that says the same, where an owner signs one.
CREATE TABLE questions_answer (
    questionnaire_id TEXT NOT NULL,
    asked_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    answers TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    on_paper_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    leaf INTEGER,
    record_hash TEXT,
    PRIMARY KEY (questionnaire_id, asked_id, slot)
) STRICT, WITHOUT ROWID;

-- Answers are compared with the signed records in the order of the log, and those without one are found.
CREATE INDEX questions_answer_leaf ON questions_answer (leaf, questionnaire_id);

-- Owners read the answers to what they ask.
CREATE VIEW questions_v_answer AS
SELECT questionnaire_id, asked_id, slot, by_id, by_name, answers, given_at, revision, on_paper_by,
    version, leaf, record_hash
FROM questions_answer;
