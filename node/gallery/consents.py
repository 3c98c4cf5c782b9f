"""Whether a child may be seen: asked anew of the consent forms whenever a photo is marked or shown, so that a
consent that was taken back hides at that moment what rests on it.

A child may be seen where some form that the school has named says yes, and none says no: an answer that
refuses, one that was taken back and one of which the other guardian's is missing are no.
"""

from collections.abc import Collection

from kit.db import Tx, encode
from node.gallery.model import PortraitQuestion

_SAID = (
    "(SELECT 1 FROM gallery_source o CROSS JOIN forms_v_consent c ON c.form_id = o.form_id"
    " AND c.student_id = {child} AND c.field = o.field WHERE c.agrees = {agrees})"
)


_AGREES = (
    "(EXISTS "
    + _SAID.format(child="{child}", agrees=1)
    + " AND NOT EXISTS "
    + _SAID.format(child="{child}", agrees=0)
    + ")"
)


SHOWN = (
    "(p.gone_at IS NULL AND NOT EXISTS (SELECT 1 FROM gallery_seen s WHERE s.photo_id = p.id"  # noqa: S608 - constants only
    f" AND s.is_covered = 0 AND NOT {_AGREES.format(child='s.student_id')}))"
)
"""Of a `gallery_photo p`: whether others than those who mark it see it."""
_AGREEING = f"SELECT j.value FROM json_each(?) j WHERE {_AGREES.format(child='j.value')}"  # noqa: S608 - constants only


def agreeing(tx: Tx, students: Collection[str]) -> set[str]:
    """Those of the children who may be seen."""
    return {student for (student,) in tx.rows(_AGREEING, (encode(sorted(students)),))}


def has_source(tx: Tx) -> bool:
    """Whether the school has said by which form families consent."""
    return tx.value("SELECT 1 FROM gallery_source LIMIT 1") is not None


def sources(tx: Tx) -> list[PortraitQuestion]:
    """By which questions families consent."""
    return tx.structs(
        PortraitQuestion,
        "SELECT o.form_id, o.field,"
        " coalesce((SELECT q.title FROM forms_v_consent_question q"
        "  WHERE q.form_id = o.form_id AND q.field = o.field), ''),"
        " coalesce((SELECT q.label FROM forms_v_consent_question q"
        "  WHERE q.form_id = o.form_id AND q.field = o.field), '')"
        " FROM gallery_source o ORDER BY o.at DESC",
    )


def offered(tx: Tx, since: int, limit: int) -> list[PortraitQuestion]:
    """Questions that ask for consent and were not named yet, of the latest forms since a moment."""
    return tx.structs(
        PortraitQuestion,
        "SELECT q.form_id, q.field, q.title, q.label FROM forms_v_consent_question q"
        " WHERE q.opened_at > ? AND NOT EXISTS (SELECT 1 FROM gallery_source o"
        "  WHERE o.form_id = q.form_id AND o.field = q.field)"
        " ORDER BY q.opened_at DESC LIMIT ?",
        (since, limit),
    )


def is_question(tx: Tx, form_id: str, field: str) -> bool:
    sql = "SELECT 1 FROM forms_v_consent_question WHERE form_id = ? AND field = ?"
    return tx.value(sql, (form_id, field)) is not None


def name(tx: Tx, form_id: str, field: str, by: str, at: int) -> None:
    """Consent by this question counts from now on."""
    tx.execute(
        "INSERT INTO gallery_source (form_id, field, by_name, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (form_id, field, by, at),
    )


def drop(tx: Tx, form_id: str, field: str) -> bool:
    """Consent by this question counts no more; whether it did."""
    sql = "DELETE FROM gallery_source WHERE form_id = ? AND field = ?"
    return bool(tx.execute(sql, (form_id, field)))
