-- compat: 3
-- The monthly look at the access log. `text` is canonical JSON signed by the school's key.
CREATE TABLE privacy_review (
    id TEXT PRIMARY KEY,
    month TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    note TEXT NOT NULL,
    entries INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    text TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
CREATE INDEX privacy_review_month ON privacy_review (month, at DESC);

-- 열람·정정·삭제·처리정지 요구 (개인정보 보호법 제35-37조): one row a request, its steps beside it.
CREATE TABLE privacy_case (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    person_id TEXT NOT NULL,
    requester_id TEXT NOT NULL,
    requester_name TEXT NOT NULL,
    details TEXT NOT NULL,
    on_paper_by TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    told_at INTEGER,
    seen_at INTEGER
) STRICT;
CREATE INDEX privacy_case_open ON privacy_case (due_at) WHERE state IN ('received', 'extended');
CREATE INDEX privacy_case_received ON privacy_case (received_at DESC, id);
CREATE INDEX privacy_case_requester ON privacy_case (requester_id, received_at DESC);

CREATE TABLE privacy_step (
    case_id TEXT NOT NULL REFERENCES privacy_case (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;

-- The copy of everything about one person. `tables` (JSON) says what is in it.
CREATE TABLE privacy_copy (
    case_id TEXT PRIMARY KEY REFERENCES privacy_case (id),
    state TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    parts INTEGER NOT NULL,
    tables TEXT NOT NULL DEFAULT '[]',
    asked_at INTEGER NOT NULL,
    made_at INTEGER,
    released_at INTEGER
) STRICT;
CREATE INDEX privacy_copy_waiting ON privacy_copy (asked_at) WHERE state = 'waiting';
CREATE INDEX privacy_copy_made ON privacy_copy (made_at) WHERE state = 'ready';
