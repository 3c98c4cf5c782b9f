-- compat: node 3, hub 2
-- A password for one client at one door. It goes when its account's ways in are taken back.
CREATE TABLE signin_app_password (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES signin_account (account_id),
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX signin_app_password_account ON signin_app_password (account_id, door, made_at);

CREATE VIEW signin_v_app_password AS SELECT id, account_id, door FROM signin_app_password;
