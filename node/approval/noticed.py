"""What people are told of matters on their line: what waits for them, what passed them by while they were
away, and what waits for nobody."""

from collections.abc import Iterable, Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from node.approval import line_store
from node.approval.access import is_ruler, rulers
from node.approval.matters import Matters
from node.approval.model import Matter, MatterMoved
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written

WAITS, PASSED, OWNERLESS = "approval-waits", "approval-passed", "approval-ownerless"
"""Kinds of notices, as they are stored."""
LIST, ABSENCES = "/approval/ownerless", "/approval/absences"
SUBJECT = _("[%(school)s] 결재할 사람이 없는 문서가 있습니다")
BODY = _(
    "%(school)s에서 결재할 사람을 찾지 못한 문서가 있습니다. 결재선의 담당자와 대결자가 모두 부재 중이거나 지정되어 있지 않습니다.\n\n아래 주소에서 결재자를 지정하거나 업무분장을 수정해 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
)


def moved(tx: Tx, notices: Notices, matter: Matter, holder_id: str, passed: Iterable[str]) -> None:
    """Tell of a matter that has come to somebody, or to nobody, and past some who are away."""
    thing = _thing(matter)
    for person_id in sorted(passed):
        notices.tell(tx, {person_id: ()}, Topic(PASSED, thing), Urgency.CALM)
    if holder_id:
        notices.tell(tx, {holder_id: ()}, Topic(WAITS, thing), Urgency.CALM)
    else:
        notices.tell(tx, dict.fromkeys(rulers(tx), ()), Topic(OWNERLESS, thing), Urgency.USUAL)


def decided(tx: Tx, notices: Notices, matter: Matter, by_id: str, at: int) -> None:
    """Whoever decided needs to be told no more."""
    notices.done(tx, by_id, _thing(matter), at)


def noticed(matters: Matters) -> Noticed:
    """What is said of them; `matters` knows where they are read."""

    def in_portal(
        tx: Tx, reader: Asker, notices: Sequence[Notification], _now: int
    ) -> Mapping[str, Said]:
        return {
            notice.id: said for notice in notices if (said := _said(tx, reader, notice, matters))
        }

    return Noticed(
        kinds={
            WAITS: _("결재할 문서"),
            PASSED: _("부재 중이어서 대결자에게 넘어간 결재"),
            OWNERLESS: _("결재자 미지정"),
        },
        by_mail=_by_mail,
        in_portal=in_portal,
        told_by=(MatterMoved,),
    )


def _thing(matter: Matter) -> str:
    """A matter as the thing a notice is about."""
    return f"{matter.kind}/{matter.id}"


def _said(tx: Tx, reader: Asker, notice: Notification, matters: Matters) -> Said | None:
    kind, _slash, id = notice.about.partition("/")
    one = line_store.underway(tx, Matter(kind, id))
    if one is None:
        return None
    if notice.kind == WAITS and one.holder_id == reader.id:
        return Said(one.title, matters.href(kind, id), None, asks=True)
    if notice.kind == PASSED and one.holder_id != reader.id:
        return Said(one.title, ABSENCES, None, asks=False)
    if notice.kind == OWNERLESS and not one.holder_id and is_ruler(reader):
        return Said(one.title, LIST, None, asks=True)
    return None


def _by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """Only what waits for nobody is mailed, without its title."""
    kind, _slash, id = notice.about.partition("/")
    one = line_store.underway(tx, Matter(kind, id))
    if notice.kind != OWNERLESS or one is None or one.holder_id:
        return WhyUnsent.DONE
    if notice.person_id not in rulers(tx):
        return WhyUnsent.NOT_ADDRESSED
    return Written(SUBJECT, BODY, LIST, label=_("결재자 미지정"))
