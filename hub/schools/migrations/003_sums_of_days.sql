-- compat: 3
-- How many schools spoke on each day: counted with the first word of a school on a day. What earlier
-- releases kept is counted in portions (hub/schools/spoken.py).
CREATE TABLE schools_spoke (
    day_on TEXT PRIMARY KEY,
    schools BIGINT NOT NULL
);

-- Used invitations are many and long, open ones few.
CREATE INDEX schools_invitation_open ON schools_invitation (expires_at)
    WHERE used_at IS NULL AND revoked_at IS NULL;
