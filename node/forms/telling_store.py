"""The SQL of whom answers concern."""

from kit.db import Tx
from node.people.model import Role


def concerned_staff(tx: Tx, form_id: str, student_id: str) -> set[str]:
    """A form's author and a child's homeroom teacher, as far as they are at the school."""
    rows = tx.rows(
        "SELECT p.person_id FROM people_v_staff p WHERE p.person_id IN"
        " (SELECT author_id FROM forms_form WHERE id = ? UNION ALL"
        "  SELECT homeroom_id FROM people_v_student WHERE student_id = ?)",
        (form_id, student_id),
    )
    return {person for (person,) in rows}


def office(tx: Tx) -> set[str]:
    """Who works in the administration office."""
    rows = tx.rows(
        "SELECT r.person_id FROM people_v_role r JOIN people_v_staff p ON p.person_id = r.person_id"
        " WHERE r.role = ?",
        (Role.OFFICE.value,),
    )
    return {person for (person,) in rows}


def several_signed(tx: Tx, form_id: str, student_id: str) -> bool:
    """Whether more than one guardian has signed for a child."""
    sql = "SELECT count(DISTINCT guardian_id) FROM forms_signature WHERE form_id = ? AND student_id = ?"
    return int(tx.value(sql, (form_id, student_id)) or 0) > 1
