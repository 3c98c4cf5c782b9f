"""The SQL of the numbers by which deliveries name notices and schools."""

from collections.abc import Collection, Sequence

from kit.db import Tx

ASKED = 200  # parameters of one statement
_SCHOOLS = "SELECT school_id, school FROM broadcasts_school WHERE school_id IN"


def of_notice(tx: Tx, notice_id: str) -> int:
    """The number of a notice that was sent, or is on its way for the first time; else 0."""
    found = tx.value("SELECT notice FROM broadcasts_sent WHERE notice_id = ?", (notice_id,))
    return 0 if found is None else int(found)


def of_school(tx: Tx, school_id: str) -> int:
    """The number of a school that was addressed once, else 0."""
    found = tx.value("SELECT school FROM broadcasts_school WHERE school_id = ?", (school_id,))
    return 0 if found is None else int(found)


def of_schools(tx: Tx, school_ids: Sequence[str]) -> dict[str, int]:
    """The numbers of at most ASKED schools; those not addressed before get one."""
    known: dict[str, int] = dict(tx.rows(_SCHOOLS + places(school_ids), school_ids))
    fresh = [one for one in dict.fromkeys(school_ids) if one not in known]
    if fresh:
        last = int(tx.value("SELECT coalesce(max(school), 0) FROM broadcasts_school"))
        added = [(number, one) for number, one in enumerate(fresh, start=last + 1)]
        tx.many("INSERT INTO broadcasts_school (school, school_id) VALUES (?, ?)", added)
        known |= {one: number for number, one in added}
    return known


def places(values: Collection[object]) -> str:
    """Question marks for the values of an IN, in brackets."""
    return f" ({', '.join('?' * len(values))})"
