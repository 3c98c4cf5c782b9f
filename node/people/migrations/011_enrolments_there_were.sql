-- compat: 84
-- Who is or was in a class, from a day until before another: for what counts the days of a child there.
CREATE VIEW people_v_enrolment AS
SELECT e.class_id, e.student_id, p.name, e.number, e.from_on, e.until_on
FROM people_enrolment e JOIN people_person p ON p.id = e.student_id;
