-- compat: 126
-- By which record (`position`) the log named a passkey, and by which it said that it is one no more
-- (`removed`): so a receipt finds the record that names the key of a consent. Programs before this one do
-- not know passkey.v1.
CREATE TABLE ledger_passkey (
    position INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    public_key TEXT NOT NULL,
    at INTEGER NOT NULL,
    removed INTEGER
) STRICT;
CREATE INDEX ledger_passkey_account ON ledger_passkey (account_id, public_key, position);
