-- compat: 3
-- What schools are given to use as their own (protocol/supplies.py), as officers have it now. `state` is a
-- digest of what it says, `published` that of the last publication ('': not in it).
CREATE TABLE supplies_item (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    published TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (kind, key)
);

-- What a release held: JSON, [kind, key, state] each.
CREATE TABLE supplies_release (version BIGINT PRIMARY KEY, held TEXT NOT NULL);
