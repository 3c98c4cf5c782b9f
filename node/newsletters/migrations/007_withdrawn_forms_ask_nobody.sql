-- compat: 2
-- An earlier version let the deadline of a withdrawn letter's form be moved. Who looks at the deadline
-- alone (front pages, reminders) would go on asking for answers that are not taken any more.
UPDATE forms_form SET deadline_at = closed_at - 1 WHERE deadline_at >= closed_at;
