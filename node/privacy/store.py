"""SQL of what the privacy officer looks after."""

from kit.db import Tx, encode
from kit.wording import CLASS_SQL, PLACE_SQL, RELATION_SQL
from node.privacy.model import Known, Review

LAST = "\U0010ffff"
MOST_MATCHES = 20

_KNOWN = f"""
SELECT k.id, k.name, coalesce(
    (SELECT s.position || ' · ' || s.department FROM people_v_staff s WHERE s.person_id = k.id),
    (SELECT {PLACE_SQL.format("v")}
     FROM people_v_student v WHERE v.student_id = k.id),
    (SELECT group_concat(c.name || '(' || {CLASS_SQL.format("c")} || ') ' || {RELATION_SQL.format("c")},
                         ', ') FROM people_v_child c WHERE c.guardian_id = k.id), ''),
  k.closed_at
FROM people_v_known k
"""  # noqa: S608 - constants only
_BY_PART = (
    _KNOWN  # noqa: S608 - constants only
    + " JOIN (SELECT DISTINCT person_id FROM (SELECT person_id FROM people_v_name_part"
    " WHERE part >= ? AND part < ? ORDER BY part LIMIT ?)) w ON w.person_id = k.id"
    " WHERE NOT (k.name_key >= ? AND k.name_key < ?) ORDER BY k.name_key, k.id"
)


def known(tx: Tx, person_id: str) -> Known | None:
    return tx.struct(Known, _KNOWN + " WHERE k.id = ?", (person_id,))


def known_by_name(tx: Tx, key: str) -> list[Known]:
    """Everybody whose name begins so (normalised), then who has it within their name or as 초성; those
    who left as well."""
    place = (key, key + LAST)
    found = tx.structs(
        Known,
        _KNOWN + " WHERE k.name_key >= ? AND k.name_key < ? ORDER BY k.name_key, k.id LIMIT ?",
        (*place, MOST_MATCHES),
    )
    found += tx.structs(Known, _BY_PART, (*place, 2 * MOST_MATCHES, *place))
    return found[:MOST_MATCHES]


def names(tx: Tx, ids: list[str]) -> dict[str, str]:
    """The names of ids; those that nobody has are left out."""
    return dict(
        tx.rows(
            "SELECT k.id, k.name FROM json_each(?) j JOIN people_v_known k ON k.id = j.value",
            (encode(ids),),
        )
    )


# Reviews ----------------------------------------------------------------------------------------


def add_review(tx: Tx, review: Review) -> None:
    tx.execute(
        "INSERT INTO privacy_review"
        " (id, month, at, by_name, note, entries, odd, text, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            review.id,
            review.month,
            review.at,
            review.by_name,
            review.note,
            review.entries,
            review.odd,
            review.text,
            review.signature,
        ),
    )


def reviews(tx: Tx, limit: int) -> list[Review]:
    """The latest months first."""
    return tx.structs(
        Review,
        "SELECT id, month, at, by_name, note, entries, odd, text, signature FROM privacy_review"
        " ORDER BY month DESC, at DESC LIMIT ?",
        (limit,),
    )


def is_reviewed(tx: Tx, month: str) -> bool:
    return tx.value("SELECT 1 FROM privacy_review WHERE month = ?", (month,)) is not None
