-- compat: node 4, hub 3
-- Where a handler that works in steps goes on within the event behind `seq` (kit/outbox.py).
ALTER TABLE kit_subscription ADD COLUMN position TEXT;
