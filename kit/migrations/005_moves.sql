-- compat: node 4, hub 3
-- Data of earlier releases that is brought into a new shape while pages are served (kit/moves.py).
-- position: where the move goes on; done_at: when it came to its end.
CREATE TABLE kit_move (
    name TEXT PRIMARY KEY,
    position TEXT,
    begun_at BIGINT NOT NULL,
    moved_at BIGINT,
    done_at BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    last_error TEXT
);
