-- compat: 3
-- By which app password a client signed in: with the password gone, the client goes.
CREATE TABLE messenger_app_device (
    person_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    password_id TEXT NOT NULL,
    PRIMARY KEY (person_id, device_id)
);
CREATE INDEX messenger_app_device_password ON messenger_app_device (password_id);

-- Push gateways over which telephones may be woken, as host:port; none: no telephone rings.
CREATE TABLE messenger_push_gateway (
    host TEXT PRIMARY KEY,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL
);
