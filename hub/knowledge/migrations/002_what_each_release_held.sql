-- compat: 1
-- What a release of the handbook held: JSON, [document_id, state] each. So it is known what schools
-- have when an earlier content is published again, or the newest withdrawn.
CREATE TABLE knowledge_release (version BIGINT PRIMARY KEY, states TEXT NOT NULL);
