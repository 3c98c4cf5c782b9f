-- compat: 1
-- Officers; their logins stand in signin_account under the same id.
CREATE TABLE officers_officer (
    officer_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
