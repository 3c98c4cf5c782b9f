"""The SQL of notices at schools: how they are addressed, their streams, what schools say of them.

A dispatch lets all or some schools hear of a notice; its number `seq` is the place in their streams.
Only reminders write into deliveries: a correction moves the notice, whatever the number of schools.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from hub.broadcasts import earlier, numbers, tallies
from hub.broadcasts.model import Delivery, Dispatch, Said, Scope, Target
from hub.broadcasts.numbers import places
from kit.db import Tx, Value
from protocol.official import NoticeAck, OfficialNotice
from protocol.sync import SequencedNotice

FORGOTTEN = 100  # revisions that a backup may lack: no school numbers what the province sends

# Going out ------------------------------------------------------------------------------------


def last_seq(tx: Tx) -> int:
    """The last number that schools may hear of."""
    return int(tx.value("SELECT seq FROM broadcasts_stream WHERE id = 1"))


def begin(tx: Tx, notice_id: str, revision: int, by: str, by_name: str, at: int) -> int:
    """Put a dispatch at the end of the line; its number. `revision` 0: a reminder."""
    is_first = tx.execute(
        "INSERT INTO broadcasts_sent (notice, notice_id, seq)"
        " SELECT coalesce(max(notice), 0) + 1, ?, 0 FROM broadcasts_sent WHERE true"
        " ON CONFLICT (notice_id) DO NOTHING",
        (notice_id,),
    )
    if is_first:
        tallies.begin(tx, notice_id)
    latest = int(tx.value("SELECT coalesce(max(seq), 0) FROM broadcasts_dispatch"))
    seq = max(latest, last_seq(tx)) + 1
    tx.execute(
        "INSERT INTO broadcasts_dispatch (seq, notice, revision, begun_at, sent_by, sent_by_name,"
        " position, schools) SELECT ?, notice, ?, ?, ?, ?, '', 0 FROM broadcasts_sent"
        " WHERE notice_id = ?",
        (seq, revision, at, by, by_name, notice_id),
    )
    return seq


_DISPATCH = (
    "SELECT p.seq, p.notice, n.notice_id, p.revision, p.begun_at, p.sent_by, p.sent_by_name,"
    " p.position, p.schools FROM broadcasts_dispatch p"
    " JOIN broadcasts_sent n ON n.notice = p.notice"
)


def first_pending(tx: Tx) -> Dispatch | None:
    """The dispatch that is on its way: one after the other, in the order of their numbers."""
    return tx.struct(
        Dispatch, _DISPATCH + " WHERE p.seq > ? ORDER BY p.seq LIMIT 1", (last_seq(tx),)
    )


def is_pending(tx: Tx, notice_id: str) -> bool:
    """Whether a dispatch of this notice is on its way."""
    found = tx.value(
        "SELECT 1 FROM broadcasts_dispatch p JOIN broadcasts_sent n ON n.notice = p.notice"
        " WHERE p.seq > ? AND n.notice_id = ?",
        (last_seq(tx), notice_id),
    )
    return found is not None


def dispatched(tx: Tx, seq: int) -> int:
    """How many schools a dispatch had."""
    return int(tx.value("SELECT schools FROM broadcasts_dispatch WHERE seq = ?", (seq,)))


def advance(tx: Tx, seq: int, position: str, more: int) -> None:
    """So many schools more were addressed, up to this position."""
    tx.execute(
        "UPDATE broadcasts_dispatch SET position = ?, schools = schools + ? WHERE seq = ?",
        (position, more, seq),
    )


def finish(tx: Tx, dispatch: Dispatch) -> None:
    """Let the schools hear of it."""
    if dispatch.revision:
        tx.execute(
            "UPDATE broadcasts_sent SET seq = ? WHERE notice = ?", (dispatch.seq, dispatch.notice)
        )
    tx.execute("UPDATE broadcasts_stream SET seq = ? WHERE id = 1", (dispatch.seq,))


def meant(tx: Tx, target: Target, after: str, limit: int) -> tuple[list[str], str | None]:
    """The next schools that a target means now, in the order of their ids, and where to go on (None:
    that was all). At most numbers.ASKED at a time."""
    sql = (
        "SELECT school_id FROM schools_v_school WHERE standing <> 'invited'"
        " AND standing <> 'revoked'"
    )
    params: list[Value] = []
    if target.scope is Scope.CHOSEN:
        named = sorted({one for one in target.schools if one > after})[:limit]
        found = tx.rows(sql + " AND school_id IN" + places(named), named) if named else []
        return sorted(row[0] for row in found), named[-1] if len(named) == limit else None
    if target.scope is Scope.GROUP:
        for column, wanted in (
            ("kind", target.kinds),
            ("district", target.districts),
            ("ring", target.rings),
        ):
            if wanted:
                sql += f" AND {column} IN{places(wanted)}"
                params += wanted
    found = tx.rows(sql + " AND school_id > ? ORDER BY school_id LIMIT ?", [*params, after, limit])
    ids = [str(row[0]) for row in found]
    return ids, ids[-1] if len(ids) == limit else None


def anybody_meant(tx: Tx, target: Target) -> bool:
    """Whether a target means any school now."""
    after: str | None = ""
    while after is not None:
        found, after = meant(tx, target, after, numbers.ASKED)
        if found:
            return True
    return False


def address(tx: Tx, notice: int, school_ids: Sequence[str]) -> None:
    """One row a school."""
    tx.many(
        "INSERT INTO broadcasts_delivery (notice, school, revision, addressees, read_count)"
        " VALUES (?, ?, 0, 0, 0)",
        [(notice, school) for school in sorted(numbers.of_schools(tx, school_ids).values())],
    )
    tallies.address(tx, notice, len(school_ids))


def remind(
    tx: Tx, dispatch: Dispatch, must_acknowledge: bool, at: int, limit: int
) -> tuple[int, str | None]:
    """Of the next so many schools those that owe a word hear of it again: who has not received it,
    or not acknowledged what asks for that. How many, and where to go on (None: that was all)."""
    after = int(dispatch.position or 0)
    rows = tx.rows(
        "SELECT school FROM broadcasts_delivery WHERE notice = ? AND school > ?"
        " ORDER BY school LIMIT ?",
        (dispatch.notice, after, limit),
    )
    if not rows:
        return 0, None
    last = int(rows[-1][0])
    reminded = tx.execute(
        "UPDATE broadcasts_delivery SET own_seq = ?, reminded_at = ? WHERE notice = ?"
        " AND school > ? AND school <= ? AND vetoed_at IS NULL"
        " AND (received_at IS NULL OR (acknowledged_at IS NULL AND ? = 1))",
        (dispatch.seq, at, dispatch.notice, after, last, int(must_acknowledge)),
    )
    return reminded, str(last) if len(rows) == limit else None


# Towards the nodes ----------------------------------------------------------------------------

# Of what went out after a number, what this school is to hear: each notice at its last place.
_STREAM = (
    " FROM broadcasts_dispatch p JOIN broadcasts_sent n ON n.notice = p.notice"
    " JOIN broadcasts_delivery d ON d.notice = p.notice AND d.school = ?"
    " WHERE p.seq > ? AND p.seq <= ?"
    " AND p.seq = CASE WHEN d.own_seq > n.seq THEN d.own_seq ELSE n.seq END"
)


def has_news(tx: Tx, school_id: str, seq: int) -> bool:
    """Whether there is something for the school after this number."""
    last = last_seq(tx)
    if seq >= last:
        return False
    asked = (numbers.of_school(tx, school_id), seq, last)
    found = tx.value("SELECT 1" + _STREAM + " LIMIT 1", asked)
    return found is not None or earlier.has_news(tx, school_id, seq)


def news(tx: Tx, school_id: str, seq: int, limit: int) -> list[SequencedNotice]:
    """The school's notices after `seq`, each in its latest revision, letter by letter as it was kept."""
    asked = (numbers.of_school(tx, school_id), seq, last_seq(tx), limit)
    found = tx.rows("SELECT p.seq, n.notice_id" + _STREAM + " ORDER BY p.seq LIMIT ?", asked)
    found = sorted([*found, *earlier.news(tx, school_id, seq, limit)])[:limit]
    return [SequencedNotice(seq=number, notice=_latest(tx, one)) for number, one in found]


def _latest(tx: Tx, notice_id: str) -> OfficialNotice:
    text: str = tx.value(
        "SELECT r.notice FROM broadcasts_notice n JOIN broadcasts_revision r"
        " ON r.notice_id = n.notice_id AND r.revision = n.revision WHERE n.notice_id = ?",
        (notice_id,),
    )
    return cast(OfficialNotice, msgspec.Raw(text.encode()))


def addressed_since(tx: Tx, seq: int, last: int) -> list[str]:
    """The schools that are to hear of what went out after `seq` and up to `last`."""
    rows = tx.rows(
        "SELECT DISTINCT s.school_id FROM broadcasts_dispatch p"
        " JOIN broadcasts_sent n ON n.notice = p.notice"
        " JOIN broadcasts_delivery d ON d.notice = p.notice"
        " JOIN broadcasts_school s ON s.school = d.school WHERE p.seq > ? AND p.seq <= ?"
        " AND p.seq = CASE WHEN d.own_seq > n.seq THEN d.own_seq ELSE n.seq END",
        (seq, last),
    )
    return [str(row[0]) for row in rows]


def file_for(tx: Tx, school_id: str, sha256: str) -> str | None:
    """Media type of a file, if it belongs to a notice addressed to the school."""
    found = tx.value(
        "SELECT f.media_type FROM broadcasts_file f"
        " JOIN broadcasts_sent n ON n.notice_id = f.notice_id"
        " JOIN broadcasts_delivery d ON d.notice = n.notice AND d.school = ?"
        " WHERE f.sha256 = ? LIMIT 1",
        (numbers.of_school(tx, school_id), sha256),
    )
    return str(found) if found is not None else earlier.file_for(tx, school_id, sha256)


# What schools say -----------------------------------------------------------------------------


def take_acks(tx: Tx, school_id: str, acks: Iterable[NoticeAck]) -> list[tuple[int, Said, Said]]:
    """Keep what a school says of notices addressed to it: (notice, before, after) of what is not as
    it was. An older revision's word is dropped."""
    given = list(acks)
    changes = []
    for first in range(0, len(given), numbers.ASKED):
        part = {ack.notice_id: ack for ack in given[first : first + numbers.ASKED]}
        earlier.bring(tx, school_id, list(part))
        changes += _take(tx, numbers.of_school(tx, school_id), part)
    return changes


_HELD = (
    "SELECT n.notice_id, n.notice, d.revision, d.received_at, d.addressees, d.read_count,"
    " d.acknowledged_at, d.published_at, d.delayed_until, d.vetoed_at, coalesce(d.reason, '')"
    " FROM broadcasts_sent n JOIN broadcasts_delivery d ON d.notice = n.notice AND d.school = ?"
    " WHERE n.notice_id IN"
)


def _take(tx: Tx, school: int, acks: dict[str, NoticeAck]) -> list[tuple[int, Said, Said]]:
    rows = tx.rows(_HELD + places(acks), [school, *acks])
    changes = []
    for notice_id, notice, *known in rows:
        before, after = Said(*known), _said(acks[notice_id])
        if after.revision >= before.revision and after != before:
            changes.append((int(notice), before, after))
    tx.many(
        "UPDATE broadcasts_delivery SET revision = ?, received_at = ?, addressees = ?,"
        " read_count = ?, acknowledged_at = ?, published_at = ?, delayed_until = ?,"
        " vetoed_at = ?, reason = nullif(?, '') WHERE notice = ? AND school = ?",
        [(*msgspec.structs.astuple(after), notice, school) for notice, _was, after in changes],
    )
    tallies.take(tx, changes)
    return changes


def heard_of(tx: Tx, notice_id: str, known: int) -> int:
    """The highest revision of a notice that there was. Beyond the one known here it is what a school
    speaks of: it went out in a life of this hub that no backup knew."""
    found = tx.value(
        "SELECT max(revision) FROM broadcasts_delivery WHERE notice = ? AND revision <= ?",
        (numbers.of_notice(tx, notice_id), known + FORGOTTEN),
    )
    return max(known, int(found or 0))


def _said(ack: NoticeAck) -> Said:
    return Said(
        ack.revision,
        ack.received_at,
        ack.addressees,
        ack.read,
        ack.acknowledged_at,
        ack.published_at,
        ack.delayed_until,
        ack.vetoed_at,
        ack.reason[:500],
    )


# Following ------------------------------------------------------------------------------------

# The deliveries of one notice. Parameters: the notice's number, its id.
OF_NOTICE = (
    "(SELECT m.school_id, d.revision, d.received_at, d.addressees, d.read_count,"
    " d.acknowledged_at, d.published_at, d.delayed_until, d.vetoed_at, d.reason, d.reminded_at"
    " FROM broadcasts_delivery d JOIN broadcasts_school m ON m.school = d.school"
    " WHERE d.notice = ? UNION ALL SELECT school_id, revision, received_at, addressees, read_count,"
    " acknowledged_at, published_at, delayed_until, vetoed_at, reason, reminded_at"
    " FROM broadcasts_earlier WHERE notice_id = ?) d"
)
_EVERY = (
    "SELECT d.school_id, coalesce(s.name, d.school_id), d.revision, d.received_at, d.addressees,"
    " d.read_count, d.acknowledged_at, d.published_at, d.delayed_until, d.vetoed_at,"
    " coalesce(d.reason, ''), d.reminded_at FROM "
)


def deliveries(tx: Tx, notice_id: str, limit: int, offset: int = 0) -> list[Delivery]:
    """Addressed schools, those that have not received it first."""
    return tx.structs(
        Delivery,
        _EVERY + OF_NOTICE + " LEFT JOIN schools_v_school s ON s.school_id = d.school_id"
        " ORDER BY CASE WHEN d.received_at IS NULL THEN 0 WHEN d.vetoed_at IS NOT NULL THEN 1"
        " WHEN d.acknowledged_at IS NULL THEN 2 ELSE 3 END, s.name, d.school_id LIMIT ? OFFSET ?",
        (numbers.of_notice(tx, notice_id), notice_id, limit, offset),
    )
