-- compat: 106
-- Keys for a chosen child and their guardians. Programs before would show all staff what carries them.
DROP VIEW people_v_key;
CREATE VIEW people_v_key AS
SELECT guardian_id AS person_id, student_id, 'guardians' AS key FROM people_v_child
UNION ALL
SELECT guardian_id, student_id, 'guardians/grade:' || grade FROM people_v_child
UNION ALL
SELECT guardian_id, student_id, 'guardians/class:' || class_id FROM people_v_child
UNION ALL
SELECT c.guardian_id, c.student_id, 'guardians/group:' || m.group_id
FROM people_v_child c JOIN people_group_member m ON m.person_id = c.student_id
UNION ALL
SELECT g.guardian_id, g.student_id, 'guardians/group:' || m.group_id
FROM people_v_child g JOIN people_group_member m ON m.person_id = g.guardian_id
UNION ALL
SELECT guardian_id, student_id, 'guardians/child:' || student_id FROM people_v_child
UNION ALL
SELECT student_id, student_id, 'students' FROM people_v_student
UNION ALL
SELECT student_id, student_id, 'students/grade:' || grade FROM people_v_student
UNION ALL
SELECT student_id, student_id, 'students/class:' || class_id FROM people_v_student
UNION ALL
SELECT s.student_id, s.student_id, 'students/group:' || m.group_id
FROM people_v_student s JOIN people_group_member m ON m.person_id = s.student_id
UNION ALL
SELECT student_id, student_id, 'students/child:' || student_id FROM people_v_student
UNION ALL
SELECT person_id, NULL, 'staff' FROM people_v_staff
UNION ALL
SELECT person_id, NULL, 'staff/person:' || person_id FROM people_v_staff
UNION ALL
SELECT person_id, NULL, 'staff/department:' || department FROM people_v_staff
UNION ALL
SELECT person_id, NULL, 'staff/role:' || role FROM people_v_role
UNION ALL
SELECT s.person_id, NULL, 'staff/group:' || m.group_id
FROM people_v_staff s JOIN people_group_member m ON m.person_id = s.person_id;
