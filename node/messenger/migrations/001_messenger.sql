-- compat: 1
-- The staff's messenger: who has which account, which rooms the node keeps, what waits to be said.

CREATE TABLE messenger_account (
    person_id TEXT PRIMARY KEY,
    localpart TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    locked_at BIGINT,                    -- an administrator holds it
    locked_by TEXT NOT NULL DEFAULT '',
    logout_wanted INTEGER NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT ''        -- name and state as Synapse was told last; '' never
);

CREATE TABLE messenger_app_password (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX messenger_app_password_person ON messenger_app_password (person_id);

CREATE TABLE messenger_room (
    key TEXT PRIMARY KEY,                -- space | staff | department:NAME
    room_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0
);

-- What the bot has still to say; gone once Synapse has taken it under the transaction id `id`.
CREATE TABLE messenger_post (
    id TEXT PRIMARY KEY,
    room_key TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

-- What was asked of the bot. Synapse brings each at least once; answered ones stay a while, so that
-- a repetition is known.
CREATE TABLE messenger_question (
    event_id TEXT PRIMARY KEY,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    text TEXT NOT NULL,
    spoken_to INTEGER NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX messenger_question_open ON messenger_question (asked_at) WHERE answered_at IS NULL;

-- Schools one may speak with, as the province last told; replaced as a whole.
CREATE TABLE messenger_server (
    server_name TEXT PRIMARY KEY,
    school_id TEXT NOT NULL,
    address TEXT NOT NULL
);

-- Schools one has ever spoken with: they hear of it when this one comes back.
CREATE TABLE messenger_met (server_name TEXT PRIMARY KEY);

-- The school's own server, as the directory and the conversation with the province name it.
CREATE TABLE messenger_own (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    server_name TEXT NOT NULL,
    address TEXT NOT NULL
);

CREATE VIEW messenger_v_account AS
SELECT a.person_id, '@' || a.localpart || ':' || o.server_name AS user_id
FROM messenger_account a JOIN messenger_own o ON o.id = 1;

CREATE VIEW messenger_v_own AS SELECT server_name, address FROM messenger_own;
