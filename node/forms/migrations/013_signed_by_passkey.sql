-- compat: 106
-- Consents are recorded as consent.v4, which holds what a guardian's passkey signed. Nothing is stored
-- beside the record; programs before this one do not know the record.
SELECT 1;
