"""What is said of a child's day of which guardians were told, in the portal and by mail: never why."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from node.attendance import store
from node.attendance.model import HERE, AttendanceMarked, Mark, Presence
from node.attendance.telling import KIND, has_word
from node.people.access import names_of, rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written

HREF = "/attendance"
_LABELS = {
    Presence.ABSENT: _("결석으로 기록되었습니다"),
    Presence.LATE: _("지각으로 기록되었습니다"),
    Presence.PRESENT: _("출석으로 정정되었습니다"),
}
_SUBJECT = _("[%(school)s] 자녀의 출결을 확인해 주세요")
_BODIES = {
    Presence.ABSENT: _(
        "%(title)s 학생이 등교하지 않은 것으로 기록되었으며, 학교는 미리 연락을 받지 못했습니다.\n\n아래 주소에서 확인하고 담임 선생님께 알려 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
    ),
    Presence.LATE: _(
        "%(title)s 학생이 지각한 것으로 기록되었으며, 학교는 미리 연락을 받지 못했습니다.\n\n아래 주소에서 확인하고 담임 선생님께 알려 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
    ),
    Presence.PRESENT: _(
        "앞서 알려 드린 내용과 달리 %(title)s 학생은 출석한 것으로 정정되었습니다.\n\n"
        "아래 주소에서 확인할 수 있습니다. 로그인이 필요합니다.\n%(link)s\n\n"
        "이 메일은 발신 전용입니다."
    ),
}


def _told(notice: Notification) -> tuple[Presence, str, str]:
    """As what the day was told, whose it is, and which."""
    student_id, _slash, day = notice.about.partition("/")
    return Presence(notice.kind.removeprefix(KIND)), student_id, day


def _now(tx: Tx, notice: Notification) -> Mark | None:
    """The mark as it stands, where it is still what was told."""
    presence, student_id, day = _told(notice)
    mark = store.mark_of(tx, student_id, day) or HERE
    return mark if mark.presence is presence else None


def _when(name: str, day: str) -> str:
    year, month, number = day.split("-")
    return f"{name} · {int(year)}. {int(month)}. {int(number)}."


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _at: int
) -> Mapping[str, Said]:
    """Lines of children whom the reader still has."""
    names = {child.student_id: child.name for child in asker.children}
    found = {}
    for notice in notices:
        _presence, student_id, day = _told(notice)
        mark = _now(tx, notice)
        if student_id in names and mark is not None:
            asks = mark.is_away and not has_word(mark)
            found[notice.id] = Said(_when(names[student_id], day), HREF, None, asks)
    return found


def by_mail(tx: Tx, notice: Notification, _at: int) -> Written | WhyUnsent:
    """What a mail says, if the reader still has the child and nobody has said why meanwhile."""
    presence, student_id, _day = _told(notice)
    own = {child.student_id: child.name for child in rights_now(tx, notice.person_id).children}
    if student_id not in own:
        return WhyUnsent.NOT_ADDRESSED
    mark = _now(tx, notice)
    if mark is None:
        return WhyUnsent.WITHDRAWN
    if mark.is_away and has_word(mark):
        return WhyUnsent.DONE
    return Written(_SUBJECT, _BODIES[presence], HREF, title=own[student_id])


def titles(tx: Tx, person_id: str, about: Collection[str]) -> Mapping[str, str]:
    """Of the days of children whom somebody still has."""
    own = {child.student_id for child in rights_now(tx, person_id).children}
    days = {one: one.partition("/") for one in about}
    names = names_of(tx, sorted(own))
    return {
        one: _when(names[student], day)
        for one, (student, _slash, day) in days.items()
        if student in own
    }


ATTENDANCE_NOTICED = Noticed(
    kinds={KIND + presence.value: label for presence, label in _LABELS.items()},
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(AttendanceMarked,),
)
