-- compat: node 3, hub 2
-- `generation` grows whenever an account's ways in are taken back (a reset, a changed password, the
-- end of all other sessions): a sign-in under way, a device's marker or an app's password from before
-- is worth nothing then.
ALTER TABLE signin_account ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- Tries that may fail, counted before they are checked. `ends_at`: from then on the count is over.
DROP TABLE signin_attempt;
CREATE TABLE signin_attempt (
    scope TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX signin_attempt_ends ON signin_attempt (ends_at);

CREATE INDEX signin_challenge_account ON signin_challenge (account_id);
CREATE INDEX signin_challenge_expires ON signin_challenge (expires_at);

DROP VIEW signin_v_account;
CREATE VIEW signin_v_account AS
SELECT account_id, login, created_at, last_sign_in_at, generation
FROM signin_account WHERE closed_at IS NULL;
