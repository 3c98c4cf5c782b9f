-- compat: 4
-- Titles of earlier letters are cut by a move (kit/moves.py), which knows how far it came.
DROP TABLE newsletters_title_uncut;
