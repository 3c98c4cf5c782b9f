-- compat: 1
-- A school known to the province. `standing`: invited (never joined), active, suspended, revoked.
CREATE TABLE schools_school (
    school_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    district TEXT NOT NULL,
    ring TEXT NOT NULL,
    standing TEXT NOT NULL,
    reason TEXT NOT NULL,
    standing_at BIGINT NOT NULL,
    enrolled_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX schools_school_name ON schools_school (name, school_id);

-- Keys of a school's servers. The one without `ended_at` speaks for it; ended ones are kept, so that
-- their bearer hears why nobody listens any more.
CREATE TABLE schools_key (
    key_id TEXT PRIMARY KEY,
    school_id TEXT NOT NULL REFERENCES schools_school (school_id),
    signing TEXT NOT NULL,
    sealing TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX schools_key_school ON schools_key (school_id);

-- One-time invitations. The code itself is never stored: `invitation_id` and `secret_key` are derived
-- from it. `subject_digest` and `grant_text`, set when used, let the same request have the same answer.
CREATE TABLE schools_invitation (
    invitation_id TEXT PRIMARY KEY,
    secret_key TEXT NOT NULL,
    school_id TEXT NOT NULL REFERENCES schools_school (school_id),
    school_name TEXT NOT NULL,
    tls_fingerprint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT,
    subject_digest TEXT,
    grant_text TEXT
);
CREATE INDEX schools_invitation_school ON schools_invitation (school_id, created_at);
CREATE INDEX schools_invitation_created ON schools_invitation (created_at);

-- Certificates issued to schools' servers, by serial number (hexadecimal).
CREATE TABLE schools_certificate (
    serial TEXT PRIMARY KEY,
    school_id TEXT NOT NULL REFERENCES schools_school (school_id),
    server_name TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX schools_certificate_school ON schools_certificate (school_id, issued_at);

-- What each node last said of itself. `failing_jobs` and `counts` are JSON.
CREATE TABLE schools_state (
    school_id TEXT PRIMARY KEY REFERENCES schools_school (school_id),
    heard_at BIGINT NOT NULL,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    disk_free BIGINT NOT NULL,
    disk_total BIGINT NOT NULL,
    last_backup_at BIGINT,
    failing BIGINT NOT NULL,
    failing_jobs TEXT NOT NULL,
    counts TEXT NOT NULL
);

-- One row a school and day, for the small charts; the last word of the day holds.
CREATE TABLE schools_day (
    school_id TEXT NOT NULL REFERENCES schools_school (school_id),
    day_on TEXT NOT NULL,
    disk_free BIGINT NOT NULL,
    disk_total BIGINT NOT NULL,
    failing BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    PRIMARY KEY (school_id, day_on)
);

CREATE VIEW schools_v_school AS
    SELECT school_id, name, kind, district, ring, standing, enrolled_at FROM schools_school;
