-- compat: 1
-- Where each school's Matrix server is reached, as its node last said.
CREATE TABLE messenger_server (
    school_id TEXT PRIMARY KEY,
    server_name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL
);

-- The version of the whole list: it grows with every change of a server or of a school's standing.
CREATE TABLE messenger_stream (id BIGINT PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO messenger_stream (id, seq) VALUES (1, 1);
