-- compat: 4
-- Which members of staff belong to a group: whoever offers groups to staff asks group by group.
CREATE VIEW people_v_staff_group AS
SELECT m.group_id, s.person_id
FROM people_group_member m JOIN people_v_staff s ON s.person_id = m.person_id;
