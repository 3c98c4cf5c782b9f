-- compat: 126
-- A report of loss says on which day it was, '' where nobody knows.
ALTER TABLE belongings_loss ADD COLUMN lost_on TEXT NOT NULL DEFAULT '';
-- Handing a thing over closes what was reported of it.
CREATE INDEX belongings_loss_of ON belongings_loss (thing_id) WHERE thing_id <> '';
