"""The SQL of meals: one statement a question."""

from collections.abc import Iterable, Sequence

import msgspec

from kit.db import Row, Tx, decode, encode
from node.meals.model import AllergyLine, ChildAllergies, Eater, Meal, MealOfDay, Serving


def _meal(row: Row) -> MealOfDay:
    day, kind, brought, written = row
    both = (None if one is None else decode(one, Meal) for one in (brought, written))
    return MealOfDay(day, Serving(kind), *both)


def of_days(tx: Tx, days: Iterable[str]) -> list[MealOfDay]:
    """What there is to eat on these days, in the order of the day."""
    sql = (
        "SELECT day, kind, brought, written FROM meals_meal"
        " WHERE day IN (SELECT value FROM json_each(?)) ORDER BY day, kind"
    )
    return [_meal(row) for row in tx.rows(sql, (encode(list(days)),))]


def next_day(tx: Tx, after: str) -> str | None:
    """The next day that has a meal."""
    sql = "SELECT day FROM meals_meal WHERE day > ? ORDER BY day LIMIT 1"
    found = tx.value(sql, (after,))
    return None if found is None else str(found)


def put(tx: Tx, meals: Sequence[MealOfDay]) -> None:
    """Meals as they are from now on; what nobody brought and nobody wrote is gone."""
    gone = [(one.day, one.kind) for one in meals if one.brought is None and one.written is None]
    if gone:
        tx.many("DELETE FROM meals_meal WHERE day = ? AND kind = ?", gone)
    kept = [
        (one.day, one.kind, *(None if m is None else encode(m) for m in (one.brought, one.written)))
        for one in meals
        if one.brought is not None or one.written is not None
    ]
    if kept:
        tx.many(
            "INSERT INTO meals_meal (day, kind, brought, written) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (day, kind) DO UPDATE SET brought = excluded.brought,"
            " written = excluded.written",
            kept,
        )


# Allergies ----------------------------------------------------------------------------------------


def _numbers(stored: str) -> tuple[int, ...]:
    return tuple(msgspec.json.decode(stored, type=list[int]))


def eaters(tx: Tx, students: Sequence[str]) -> list[Eater]:
    """Those of the students who must not eat everything."""
    sql = (
        "SELECT a.student_id, k.name, a.allergens FROM meals_allergy a"
        " JOIN people_v_known k ON k.id = a.student_id"
        " WHERE a.student_id IN (SELECT value FROM json_each(?)) ORDER BY k.name"
    )
    return [
        Eater(student_id, name, frozenset(_numbers(stored)))
        for student_id, name, stored in tx.rows(sql, (encode(list(students)),))
    ]


def of_child(tx: Tx, student_id: str, name: str, may_sign: bool) -> ChildAllergies:
    sql = "SELECT allergens, agreed_at FROM meals_allergy WHERE student_id = ?"
    stored, agreed_at = tx.row(sql, (student_id,)) or ("[]", None)
    return ChildAllergies(student_id, name, may_sign, frozenset(_numbers(stored)), agreed_at)


def keep_allergies(
    tx: Tx, student_id: str, allergens: Iterable[int], by_id: str, agreed_at: int
) -> None:
    tx.execute(
        "INSERT INTO meals_allergy (student_id, allergens, by_id, agreed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (student_id) DO UPDATE SET allergens = excluded.allergens,"
        " by_id = excluded.by_id, agreed_at = excluded.agreed_at",
        (student_id, encode(sorted(allergens)), by_id, agreed_at),
    )


def forget_allergies(tx: Tx, student_id: str) -> bool:
    """Nothing of it is kept any more; whether anything was."""
    return bool(tx.execute("DELETE FROM meals_allergy WHERE student_id = ?", (student_id,)))


_LINES = (
    "SELECT s.student_id, s.class_id, s.grade, s.class_number, s.number, s.name, a.allergens"
    " FROM people_v_student s JOIN meals_allergy a ON a.student_id = s.student_id"
)
_ORDER = " ORDER BY s.grade, s.class_number, s.number"


def _lines(rows: Iterable[Row]) -> list[AllergyLine]:
    return [
        AllergyLine(student_id, class_id, grade, class_number, number, name, _numbers(stored))
        for student_id, class_id, grade, class_number, number, name, stored in rows
    ]


def lines_of_school(tx: Tx) -> list[AllergyLine]:
    """All students who must not eat everything."""
    return _lines(tx.rows(_LINES + _ORDER))


def lines_of_classes(tx: Tx, classes: Iterable[str]) -> list[AllergyLine]:
    within = " WHERE s.class_id IN (SELECT value FROM json_each(?))"
    return _lines(tx.rows(_LINES + within + _ORDER, (encode(sorted(classes)),)))
