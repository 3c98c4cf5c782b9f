-- compat: 3
-- The few schools that refused what they are offered, for the overview.
CREATE INDEX releases_adoption_refused ON releases_adoption (kind, school_id)
    WHERE step = 'refused';
