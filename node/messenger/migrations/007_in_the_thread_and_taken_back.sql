-- compat: 144
-- The thread in which something was asked of the bot (its first event), or ''.
ALTER TABLE messenger_question ADD COLUMN thread TEXT NOT NULL DEFAULT '';

-- What the bot has said of something of the school's (newsletter:ID), so that it can be taken back with
-- that. `gone`: it was taken back, and stands in the room still.
CREATE TABLE messenger_said (
    post_id TEXT PRIMARY KEY,
    about TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messenger_said_about ON messenger_said (about);
CREATE INDEX messenger_said_gone ON messenger_said (post_id) WHERE gone = 1;
