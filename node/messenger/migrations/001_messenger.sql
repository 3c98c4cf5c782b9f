-- The staff's messenger: who has which account, which rooms the node keeps, what waits to be said.

CREATE TABLE messenger_account (
    person_id TEXT PRIMARY KEY,
    localpart TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    name TEXT NOT NULL DEFAULT '',       -- the display name Synapse was told last
    state TEXT NOT NULL DEFAULT 'new'    -- new | active | closed: as Synapse has it
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
    room_id TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL,
    html TEXT NOT NULL DEFAULT '',
    made_at BIGINT NOT NULL
);

-- Events of the bot's mail that were answered: Synapse sends each at least once.
CREATE TABLE messenger_heard (
    event_id TEXT PRIMARY KEY,
    heard_at BIGINT NOT NULL
);

-- Schools one may speak with, as the province last told; replaced as a whole.
CREATE TABLE messenger_server (
    server_name TEXT PRIMARY KEY,
    school_id TEXT NOT NULL,
    address TEXT NOT NULL
);

CREATE VIEW messenger_v_account AS SELECT person_id, localpart FROM messenger_account;
