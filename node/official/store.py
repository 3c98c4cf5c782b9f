"""The SQL of official notices."""

import msgspec

from kit.db import Tx
from node.forms.model import NewsletterId
from node.official.model import Notice, NoticeLine
from node.people.audience import holders
from node.people.model import Audience, Kind

_NOTICE = (
    "SELECT id, revision, reference, title, body, audience, department, contact, issued_at,"
    " received_at, deadline_at, must_acknowledge, lands_at, delayed_until, landed_at,"
    " newsletter_id, vetoed_at, reason, decided_by, acknowledged_at, acknowledged_by, answered_at,"
    " answer, revoked_at, held_at, held_for"
)
_ONE = _NOTICE + " FROM official_notice WHERE id = ?"
_SINCE = _NOTICE + " FROM official_notice WHERE received_at >= ? ORDER BY received_at"
_GUARDIANS = (Audience(Kind.GUARDIAN).key,)
_STAFF_READ = " FROM official_opening o JOIN people_v_staff s ON s.person_id = o.person_id"


def notice(tx: Tx, notice_id: str) -> Notice | None:
    return tx.struct(Notice, _ONE, (notice_id,))


def put(tx: Tx, new: Notice) -> None:
    """Add a notice, or keep all of a changed one."""
    tx.execute(
        "INSERT INTO official_notice (id, revision, reference, title, body, audience,"
        " department, contact, issued_at, received_at, deadline_at, must_acknowledge, lands_at,"
        " delayed_until, landed_at, newsletter_id, vetoed_at, reason, decided_by,"
        " acknowledged_at, acknowledged_by, answered_at, answer, revoked_at, held_at, held_for)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET revision = excluded.revision,"
        " reference = excluded.reference, title = excluded.title, body = excluded.body,"
        " audience = excluded.audience, department = excluded.department,"
        " contact = excluded.contact, deadline_at = excluded.deadline_at,"
        " must_acknowledge = excluded.must_acknowledge, lands_at = excluded.lands_at,"
        " delayed_until = excluded.delayed_until, landed_at = excluded.landed_at,"
        " newsletter_id = excluded.newsletter_id, vetoed_at = excluded.vetoed_at,"
        " reason = excluded.reason, decided_by = excluded.decided_by,"
        " acknowledged_at = excluded.acknowledged_at,"
        " acknowledged_by = excluded.acknowledged_by, answered_at = excluded.answered_at,"
        " answer = excluded.answer, revoked_at = excluded.revoked_at,"
        " held_at = excluded.held_at, held_for = excluded.held_for",
        msgspec.structs.astuple(new),
    )


_LINE = (
    _NOTICE + ", o.opened_at FROM official_notice n"
    " LEFT JOIN official_opening o ON o.notice_id = n.id AND o.person_id = ?"
)
_LINES = _LINE + " WHERE n.received_at < ? ORDER BY n.received_at DESC LIMIT ?"
_UNDONE = (
    _LINE + " WHERE n.received_at >= ? AND n.revoked_at IS NULL AND n.vetoed_at IS NULL AND"
    " ((n.audience = 'guardians' AND n.landed_at IS NULL)"
    " OR (n.audience = 'staff' AND n.must_acknowledge = 1 AND n.acknowledged_at IS NULL)"
    " OR (n.audience = 'staff' AND o.opened_at IS NULL))"
    " ORDER BY n.received_at DESC LIMIT ?"
)


def lines(tx: Tx, person_id: str, before: int, limit: int) -> list[NoticeLine]:
    """Notices, the newest first, with when the person opened them."""
    rows = tx.rows(_LINES, (person_id, before, limit))
    return [NoticeLine(Notice(*row[:-1]), row[-1]) for row in rows]


def undone(tx: Tx, person_id: str, since: int, limit: int) -> list[NoticeLine]:
    """Notices that want something: unread, to acknowledge, or to decide before they land."""
    rows = tx.rows(_UNDONE, (person_id, since, limit))
    return [NoticeLine(Notice(*row[:-1]), row[-1]) for row in rows]


def record_opening(tx: Tx, notice_id: str, person_id: str, at: int) -> None:
    tx.execute(
        "INSERT INTO official_opening (notice_id, person_id, opened_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (notice_id, person_id, at),
    )


def has_opened(tx: Tx, notice_id: str, person_id: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM official_opening WHERE notice_id = ? AND person_id = ?",
            (notice_id, person_id),
        )
    )


def landing(tx: Tx, now: int) -> list[str]:
    """Ids of notices whose hour to land has come."""
    return [
        notice_id
        for (notice_id,) in tx.rows(
            "SELECT id FROM official_notice WHERE landed_at IS NULL AND vetoed_at IS NULL"
            " AND revoked_at IS NULL AND held_at IS NULL AND lands_at <= ? ORDER BY lands_at",
            (now,),
        )
    ]


def received_since(tx: Tx, at: int) -> list[Notice]:
    """Notices received at or after a moment."""
    return tx.structs(Notice, _SINCE, (at,))


def staff(tx: Tx) -> int:
    """How many staff there are now."""
    return int(tx.value("SELECT count(*) FROM people_v_staff"))


def staff_readers(tx: Tx, notice_id: str) -> int:
    """How many of today's staff opened a notice."""
    return int(tx.value("SELECT count(*)" + _STAFF_READ + " WHERE o.notice_id = ?", (notice_id,)))


def staff_readers_since(tx: Tx, at: int) -> dict[str, int]:
    """The same of each notice for staff received at or after a moment that anybody opened."""
    return dict(
        tx.rows(
            "SELECT n.id, count(*) FROM official_notice n"
            " CROSS JOIN official_opening o ON o.notice_id = n.id"
            " CROSS JOIN people_v_staff s ON s.person_id = o.person_id"
            " WHERE n.received_at >= ? AND n.audience = 'staff' GROUP BY n.id",
            (at,),
        )
    )


def guardians(tx: Tx) -> int:
    """How many guardians there are now."""
    holder, params = holders(_GUARDIANS)
    count = " SELECT count(DISTINCT person_id) FROM holder"
    return int(tx.value("WITH " + holder + count, params))


def guardian_readers(tx: Tx, letter_id: NewsletterId) -> int:
    """How many of today's guardians opened the letter that a notice became."""
    holder, params = holders(_GUARDIANS)
    count = (
        " SELECT count(*) FROM newsletters_v_opening o WHERE o.newsletter_id = ?"
        " AND o.person_id IN (SELECT person_id FROM holder)"
    )
    return int(tx.value("WITH " + holder + count, (*params, letter_id)))


def guardian_readers_since(tx: Tx, at: int) -> dict[str, int]:
    """The same of each notice for guardians received at or after a moment that anybody opened."""
    holder, params = holders(_GUARDIANS)
    counts = (
        " SELECT n.id, count(*) FROM official_notice n"
        " CROSS JOIN newsletters_v_opening o ON o.newsletter_id = n.newsletter_id"
        " WHERE n.received_at >= ? AND n.audience = 'guardians'"
        " AND o.person_id IN (SELECT person_id FROM holder) GROUP BY n.id"
    )
    return dict(tx.rows("WITH " + holder + counts, (*params, at)))
