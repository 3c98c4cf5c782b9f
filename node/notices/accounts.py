"""Telling of changes of access: to whom it happened, and to the administrators.

A line in the portal says what changed and who did it; a mail says that something did and where to
look, at any hour: whoever did not do it themselves must not sleep over it.
"""

from kit.db import Tx, encode
from kit.i18n import _
from kit.ids import new_id
from node.notices.model import ACCESS_LABELS, ACCESS_MAIL, AccessLine, Told
from node.people.model import Access, AccessChanged, Asker
from node.ports.noticed import Noticed, Notification, WhyUnsent, Written

FOR_ADMINISTRATORS = frozenset({Access.JOINED, Access.WAITS})
SUBJECT = _("[%(school)s] 계정과 권한: %(title)s")
BODY = _(
    "%(school)s의 계정이나 권한이 바뀌었습니다.\n\n%(title)s\n\n"
    "누가 무엇을 바꾸었는지 아래 주소에서 확인해 주세요. 모르는 일이면 학교 관리자에게 바로"
    " 알려 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
_LINE = (
    "SELECT id, what, about_id, about, by, gained, lost, others, at, seen_at FROM notices_access"
    " WHERE person_id = ? AND (about_id = person_id OR ?)"
)


def told_of(tx: Tx, event: AccessChanged, at: int) -> Told:
    """Write a line for each whom a change concerns; who they are."""
    people = _administrators(tx)
    if event.what not in FOR_ADMINISTRATORS:
        people.add(event.person_id)
    gained, lost = encode(event.gained), encode(event.lost)
    about = (event.what.value, event.person_id, event.name, event.by, gained, lost)
    tx.many(
        "INSERT INTO notices_access (id, person_id, what, about_id, about, by, gained, lost,"
        " others, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(new_id(), person, *about, event.others, at) for person in sorted(people)],
    )
    return dict.fromkeys(sorted(people), ())


def latest(tx: Tx, asker: Asker, limit: int) -> list[AccessLine]:
    """The asker's latest lines, those about others while they are an administrator."""
    return _lines(tx, asker, " ORDER BY at DESC LIMIT ?", limit)


def unseen(tx: Tx, asker: Asker, limit: int) -> list[AccessLine]:
    return _lines(tx, asker, " AND seen_at IS NULL ORDER BY +at DESC LIMIT ?", limit)


def written(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail about access says, while somebody has a line about it that is theirs to read."""
    what = Access(notice.kind.removeprefix(ACCESS_MAIL))
    found = tx.value(
        "SELECT 1 FROM notices_access a WHERE a.person_id = ? AND a.what = ?"
        " AND (a.about_id = a.person_id OR EXISTS (SELECT 1 FROM people_v_role r"
        "  WHERE r.person_id = a.person_id AND r.role = 'administrator')) LIMIT 1",
        (notice.person_id, what.value),
    )
    if found is None:
        return WhyUnsent.NOT_ADDRESSED
    return Written(SUBJECT, BODY, "/notifications", label=ACCESS_LABELS[what])


def about_oneself(tx: Tx, person_id: str) -> list[AccessLine]:
    """Every line that somebody was told of their own access, the latest first."""
    return tx.structs(AccessLine, _LINE + " ORDER BY at DESC", (person_id, 0))


def mark_seen(tx: Tx, person_id: str, at: int) -> None:
    tx.execute(
        "UPDATE notices_access SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def _lines(tx: Tx, asker: Asker, more: str, limit: int) -> list[AccessLine]:
    params = (asker.id, int(asker.is_administrator), limit)
    return tx.structs(AccessLine, _LINE + more, params)


def _administrators(tx: Tx) -> set[str]:
    found = tx.rows("SELECT person_id FROM people_v_role WHERE role = 'administrator'")
    return {person for (person,) in found}


NOTICED = Noticed(
    kinds={ACCESS_MAIL + what.value: "" for what in ACCESS_LABELS},
    by_mail=written,
    told_by=(AccessChanged,),
)
"""Its lines are of their own shape: `latest`, `unseen`."""
