-- compat: node 1, hub 1
CREATE TABLE signin_account (
    account_id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    password_temporary BIGINT NOT NULL DEFAULT 0,
    totp_secret TEXT,
    totp_pending TEXT,
    totp_last_step BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    closed_at BIGINT
);
CREATE TABLE signin_recovery_code (
    account_id TEXT NOT NULL REFERENCES signin_account (account_id),
    code_hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, code_hash)
);
CREATE TABLE signin_passkey (
    credential_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES signin_account (account_id),
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX signin_passkey_account ON signin_passkey (account_id);
CREATE TABLE signin_challenge (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE signin_session (
    token_hash TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES signin_account (account_id),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    second_factor BIGINT NOT NULL
);
CREATE INDEX signin_session_account ON signin_session (account_id);
CREATE TABLE signin_attempt (
    scope TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE VIEW signin_v_account AS
SELECT account_id, login, created_at, last_sign_in_at
FROM signin_account WHERE closed_at IS NULL;
