"""What is said of sign-ups of which families were told, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.people.access import READABLE, readable_params, rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written
from node.signups import entry_store, store
from node.signups.model import (
    EntryPromoted,
    Phase,
    Signup,
    SignupOpened,
    SignupSettled,
    SignupWithdrawn,
)

OFFERED = "signups:offered"
DRAWN = "signups:drawn"
PROMOTED = "signups:promoted"
CANCELLED = "signups:cancelled"
WITHDRAWN = "signups:withdrawn"

_LABELS = {
    OFFERED: _("새 모집이 있습니다"),
    DRAWN: _("추첨 결과가 나왔습니다"),
    PROMOTED: _("대기하던 강좌에 선정되었습니다"),
    CANCELLED: _("학교에서 신청을 취소했습니다"),
    WITHDRAWN: _("신청한 모집이 취소되었습니다"),
}
_SUBJECTS = {
    OFFERED: _("[%(school)s] 새 모집: %(title)s"),
    DRAWN: _("[%(school)s] 추첨 결과: %(title)s"),
    PROMOTED: _("[%(school)s] 대기하던 강좌에 선정되었습니다: %(title)s"),
    CANCELLED: _("[%(school)s] 신청이 취소되었습니다: %(title)s"),
    WITHDRAWN: _("[%(school)s] 모집이 취소되었습니다: %(title)s"),
}
_BODY = _(
    "신청하신 모집에 새 소식이 있습니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
_OFFER = _(
    "학교에서 새 모집을 시작했습니다.\n\n%(title)s\n신청 마감: %(deadline)s\n\n"
    "아래 주소를 눌러 신청해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)


def _offered(tx: Tx, signup_id: str, now: int) -> Signup | None:
    """A sign-up while families can sign up for it."""
    found = store.signup(tx, signup_id)
    return found if found is not None and found.phase(now) is Phase.OPEN else None


def _titles(tx: Tx, signups: Collection[str]) -> dict[str, str]:
    sql = "SELECT id, title FROM signups_signup WHERE id IN (SELECT value FROM json_each(?))"
    return dict(tx.rows(sql, (encode(sorted(signups)),)))


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], now: int
) -> Mapping[str, Said]:
    """Lines of the sign-ups of children whom the reader still has; of what is offered, while it is open."""
    own = {child.student_id for child in asker.children}
    mine = [one for one in notices if one.through & own]
    titles = _titles(tx, {one.about for one in mine if one.kind != OFFERED})
    said = {}
    for one in mine:
        href = f"/signups/{one.about}"
        if one.kind != OFFERED and one.about in titles:
            said[one.id] = Said(titles[one.about], href, None, asks=True)
        elif one.kind == OFFERED and (signup := _offered(tx, one.about, now)):
            # That it asks, the front page says by a card of its own.
            said[one.id] = Said(signup.title, href, signup.closes_at, asks=False)
    return said


def by_mail(tx: Tx, notice: Notification, now: int) -> Written | WhyUnsent:
    """What a mail says, if the reader still has one of the children and, of what is offered, none is signed
    up yet."""
    title = _titles(tx, [notice.about]).get(notice.about)
    if title is None:
        return WhyUnsent.WITHDRAWN
    own = {child.student_id for child in rights_now(tx, notice.person_id).children}
    if not notice.through & own:
        return WhyUnsent.NOT_ADDRESSED
    if notice.kind == OFFERED:
        return _offer(tx, notice, now)
    return Written(_SUBJECTS[notice.kind], _BODY, f"/signups/{notice.about}", title=title)


def _offer(tx: Tx, notice: Notification, now: int) -> Written | WhyUnsent:
    signup = _offered(tx, notice.about, now)
    if signup is None:
        return WhyUnsent.CLOSED
    if entry_store.standing(tx, notice.through, [signup.id]):
        return WhyUnsent.DONE
    return Written(
        _SUBJECTS[OFFERED],
        _OFFER,
        f"/signups/{signup.id}",
        title=signup.title,
        deadline_at=signup.closes_at,
    )


def titles(tx: Tx, person_id: str, signups: Collection[str]) -> Mapping[str, str]:
    """Of the sign-ups that somebody may read."""
    rows = tx.rows(
        "SELECT s.id, s.title FROM json_each(?) j CROSS JOIN signups_signup s ON s.id = j.value"  # noqa: S608
        " WHERE s.published_at IS NOT NULL AND EXISTS (SELECT 1 FROM signups_audience a"
        "  WHERE a.signup_id = s.id AND " + READABLE + ")",
        (encode(sorted(signups)), *readable_params(rights_now(tx, person_id))),
    )
    return {str(id): str(title) for id, title in rows}


SIGNUPS_NOTICED = Noticed(
    kinds=_LABELS,
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(SignupOpened, SignupSettled, EntryPromoted, SignupWithdrawn),
)
