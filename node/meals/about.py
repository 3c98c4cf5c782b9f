"""What meals hold of somebody: what they must not eat, or said that a child of theirs must not."""

import msgspec

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.meals.model import ALLERGENS
from node.people.access import names_of


def about(tx: Tx, person_id: str) -> list[Held]:
    """Allergies of the person, and those that they told the school of a child of theirs."""
    sql = (
        "SELECT student_id, allergens, agreed_at FROM meals_allergy WHERE student_id = ?"
        " UNION SELECT student_id, allergens, agreed_at FROM meals_allergy WHERE by_id = ?"
    )
    found = tx.rows(sql, (person_id, person_id))
    names = names_of(tx, [student_id for student_id, *_rest in found])
    rows = [
        (
            names.get(student_id, ""),
            ", ".join(ALLERGENS[one] for one in msgspec.json.decode(allergens, type=list[int])),
            when(agreed_at),
        )
        for student_id, allergens, agreed_at in found
    ]
    columns = (_("학생"), _("알레르기 식품"), _("동의 일시"))
    return [Held("meals-allergies", _("급식 알레르기 정보"), columns, rows)]
