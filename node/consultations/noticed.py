"""What is said of consultations of which families and teachers were told, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.clock import local
from kit.db import Row, Tx, encode
from kit.i18n import _
from node.consultations.model import BookingOpened, TimeTaken, WeekOpened, WeekWithdrawn
from node.people.access import READABLE, readable_params, rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written

# Of a week, by its id.
OPENED = "consultations:opened"
BOOKING = "consultations:booking"
WITHDRAWN = "consultations:withdrawn"
TEACHING = "consultations:teaching"
# Of a time that was taken, by the id of its booking.
ARRANGED = "consultations:arranged"
STRUCK = "consultations:struck"
SOON = "consultations:soon"
GIVEN_BACK = "consultations:given_back"

_LABELS = {
    OPENED: _("상담 시간을 등록해 주세요"),
    BOOKING: _("상담 시간을 예약할 수 있습니다"),
    WITHDRAWN: _("상담주간이 취소되었습니다"),
    TEACHING: _("곧 학부모 상담이 있습니다"),
    ARRANGED: _("선생님이 상담 시간을 정했습니다"),
    STRUCK: _("선생님이 상담을 취소했습니다"),
    SOON: _("상담 시간이 다가왔습니다"),
    GIVEN_BACK: _("가정에서 상담 예약을 바꾸거나 취소했습니다"),
}
_SUBJECTS = {
    OPENED: _("[%(school)s] 상담 시간을 등록해 주세요: %(title)s"),
    BOOKING: _("[%(school)s] 상담 예약 시작: %(title)s"),
    WITHDRAWN: _("[%(school)s] 상담주간 취소: %(title)s"),
    TEACHING: _("[%(school)s] 학부모 상담 예정: %(title)s"),
    ARRANGED: _("[%(school)s] 상담 시간 안내: %(title)s"),
    STRUCK: _("[%(school)s] 상담 취소 안내: %(title)s"),
    SOON: _("[%(school)s] 상담 시간 알림: %(title)s"),
    GIVEN_BACK: _("[%(school)s] 상담 예약 변경: %(title)s"),
}
_BODY = _(
    "학부모 상담에 대한 알림입니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
_OF_WEEK = frozenset({OPENED, BOOKING, WITHDRAWN, TEACHING})
_OF_STAFF = frozenset({OPENED, TEACHING, GIVEN_BACK})
_STANDING = frozenset({ARRANGED, SOON})
"""Said only as long as the time is taken."""


def _weeks(tx: Tx, weeks: Collection[str], now: int) -> dict[str, tuple[str, bool]]:
    """Of each its title, and whether families can take times at a moment (ms)."""
    rows = tx.rows(
        "SELECT id, title, withdrawn_at IS NULL AND closes_at > ? FROM consultations_week"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (now, encode(sorted(weeks))),
    )
    return {str(id): (str(title), bool(is_open)) for id, title, is_open in rows}


def _bookings(tx: Tx, bookings: Collection[str]) -> dict[str, Row]:
    """Of each: week, its title, child, name, state, when it begins, teacher, and the guardian who took it where
    it is theirs alone."""
    rows = tx.rows(
        "SELECT b.id, w.id, w.title, b.student_id, k.name, b.state, b.starts_at, s.teacher_id,"
        " iif(b.with_id = '', '', b.by_id)"
        " FROM json_each(?) j CROSS JOIN consultations_booking b ON b.id = j.value"
        " JOIN consultations_week w ON w.id = b.week_id"
        " JOIN consultations_slot s ON s.id = b.slot_id"
        " JOIN people_v_known k ON k.id = b.student_id",
        (encode(sorted(bookings)),),
    )
    return {row[0]: row[1:] for row in rows}


def _said(
    asker: Asker, one: Notification, weeks: Mapping[str, tuple[str, bool]], row: Row | None
) -> Said | None:
    """What a line says to whoever may still know it."""
    if one.kind in _OF_WEEK:
        title, is_open = weeks.get(one.about, ("", False))
        is_theirs = asker.is_staff if one.kind in _OF_STAFF else bool(one.through & _signed(asker))
        if not title or not is_theirs or (one.kind == BOOKING and not is_open):
            return None
        where = "/times" if one.kind in _OF_STAFF else ""
        return Said(title, f"/consultations/{one.about}{where}", None, asks=one.kind == OPENED)
    if row is None:
        return None
    week, title, student, name, state, starts_at, teacher, alone = row
    if one.kind in _OF_STAFF:
        if asker.id != teacher:
            return None
        words = title if alone else f"{title} · {name}"
        return Said(words, f"/consultations/{week}/times", None, asks=False)
    if alone and asker.id != alone:
        return None
    if student not in _signed(asker) or (one.kind in _STANDING and state != "booked"):
        return None
    words = f"{title} · {name} · {_moment(starts_at)}"
    return Said(words, f"/consultations/{week}", None, asks=one.kind == STRUCK)


def _signed(asker: Asker) -> set[str]:
    return {child.student_id for child in asker.children if child.may_sign}


def _moment(at: int) -> str:
    when = local(at)
    return f"{when.month}월 {when.day}일 {when:%H:%M}"


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], now: int
) -> Mapping[str, Said]:
    """Lines of the weeks and times that are still the reader's."""
    weeks = _weeks(tx, {one.about for one in notices if one.kind in _OF_WEEK}, now)
    bookings = _bookings(tx, {one.about for one in notices if one.kind not in _OF_WEEK})
    said = {one.id: _said(asker, one, weeks, bookings.get(one.about)) for one in notices}
    return {id: line for id, line in said.items() if line is not None}


def by_mail(tx: Tx, notice: Notification, now: int) -> Written | WhyUnsent:
    """What a mail says, as long as its line would say something."""
    asker = rights_now(tx, notice.person_id)
    said = in_portal(tx, asker, [notice], now).get(notice.id)
    if said is None:
        return WhyUnsent.NOT_ADDRESSED
    return Written(_SUBJECTS[notice.kind], _BODY, said.href, title=said.title)


def titles(tx: Tx, person_id: str, abouts: Collection[str]) -> Mapping[str, str]:
    """Of the weeks that somebody may read."""
    rows = tx.rows(
        "SELECT w.id, w.title FROM json_each(?) j CROSS JOIN consultations_week w ON w.id = j.value"  # noqa: S608
        " WHERE EXISTS (SELECT 1 FROM consultations_audience a"
        "  WHERE a.week_id = w.id AND " + READABLE + ")",
        (encode(sorted(abouts)), *readable_params(rights_now(tx, person_id))),
    )
    return {str(id): str(title) for id, title in rows}


CONSULTATIONS_NOTICED = Noticed(
    kinds=_LABELS,
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(BookingOpened, WeekOpened, WeekWithdrawn, TimeTaken),
)
