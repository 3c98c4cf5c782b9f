-- compat: 84
-- Templates that came from the province (`owner_id` is 'province'): which of its list it is, to whom its
-- letters go at first, and whether the province has taken it out since.
ALTER TABLE newsletters_template ADD COLUMN supply TEXT NOT NULL DEFAULT '';
ALTER TABLE newsletters_template ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE newsletters_template ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
