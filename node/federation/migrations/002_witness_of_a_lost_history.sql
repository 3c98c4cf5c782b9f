-- compat: 3
-- A hub that refuses this school's log sends the witness of the head it accepted before: no word about
-- the log that is here. It comes again with the next sync, and the ledger keeps it.
UPDATE federation_membership SET witness = NULL WHERE log_refused <> '';
