-- compat: 112
-- Drafts (JSON) may say `refusal_wins`: then each guardian's answer stands in a slot of its own though one is
-- enough. Nothing is stored beside; programs before this one would take such an answer for an altered one.
SELECT 1;
