-- compat: node 2, hub 1
-- known_at: since when the job stands in the schedule, so that its first run can be missed too.
-- caught_up_at: when a missed run was made up for last.
ALTER TABLE kit_job ADD COLUMN known_at BIGINT;
ALTER TABLE kit_job ADD COLUMN caught_up_at BIGINT;
