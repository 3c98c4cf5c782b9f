-- compat: node 1, hub 1
-- What both servers keep: events and how far each subscriber got, jobs, the audit log.
CREATE TABLE kit_event (
    seq BIGINT PRIMARY KEY,
    tag TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE kit_subscription (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    moved_at BIGINT NOT NULL
);
CREATE TABLE kit_job (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    last_run_at BIGINT,
    last_ok_at BIGINT,
    last_duration_ms BIGINT,
    last_error TEXT,
    runs BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE kit_audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX kit_audit_subject ON kit_audit (subject, seq);
