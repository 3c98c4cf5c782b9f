-- compat: 4
-- Answers are asked for by their form and child, signatures by their guardian; forms of a key are found
-- from the letters that are open. Nobody asked for these two any more: a tenth of what a year's answers took.
DROP INDEX forms_answer_guardian;
DROP INDEX forms_audience_key;
