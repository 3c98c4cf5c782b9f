"""Pages of attendance: a family's own, the classes of today, the sheet of a day."""

from datetime import date
from typing import Any

from aiohttp import web

from kit.i18n import _
from kit.problem import UNFIT, Invalid, NotFound
from kit.web import page
from kit.web.forms import posted
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.attendance.model import (
    AWAY,
    CAUSE_LABELS,
    LONGEST_REASON,
    PRESENCE_LABELS,
    Cause,
    Mark,
    Presence,
)
from node.attendance.service import Attendance
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
ATTENDANCE = web.AppKey("attendance", Attendance)
CLASS = "/attendance/{id:[0-9a-f]{20}}"
DAY = CLASS + r"/{day:\d{4}-\d{2}-\d{2}}"
WORDS: dict[str, Any] = {"presences": PRESENCE_LABELS, "causes": CAUSE_LABELS, "away": AWAY}


def _day(request: web.Request) -> date:
    """The day in the address. Raises NotFound."""
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError:
        raise NotFound() from None
    if not 1900 <= day.year <= 2999:
        raise NotFound()
    return day


@ROUTES.get("/attendance")
async def front(request: web.Request) -> web.StreamResponse:
    """A family's own; for staff their classes, a homeroom teacher at once the sheet of today."""
    asker = await asker_of(request)
    attendance = request.app[ATTENDANCE]
    own, classes = await attendance.own(asker), await attendance.classes(asker)
    today = attendance.today().isoformat()
    if not own and not classes:
        raise NotFound()
    if not own and len(classes) == 1:
        return page.see_other(request, f"/attendance/{classes[0].room.id}/{today}")
    return page.render(
        request,
        "attendance/front.html",
        own=own,
        classes=classes,
        today=today,
        month=today[:7],
        hand_in=attendance.hand_in,
        **WORDS,
    )


@ROUTES.get(DAY)
@shows(What.LIST)
async def sheet(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    attendance = request.app[ATTENDANCE]
    found = await attendance.sheet(asker, request.match_info["id"], _day(request))
    looked(request, title=found.room.name, persons=[one.student_id for one in found.lines])
    return page.render(
        request,
        "attendance/sheet.html",
        sheet=found,
        is_today=found.day == attendance.today(),
        is_ahead=found.day > attendance.today(),
        longest=LONGEST_REASON,
        **WORDS,
    )


@ROUTES.post(DAY)
async def mark(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    day, class_id = _day(request), request.match_info["id"]
    sent = {name: text for name, text in (await posted(request)).items() if isinstance(text, str)}
    marked = await request.app[ATTENDANCE].marking.mark(
        asker,
        class_id,
        day,
        _marks(sent),
        seen=sent.get("seen", ""),
        why=sent.get("why", ""),
    )
    here = f"/attendance/{class_id}/{day.isoformat()}"
    if marked.left:
        return page.see_other(
            request,
            here,
            flash=_(
                "%(names)s 학생의 출결은 그사이 다른 기기에서 먼저 입력되어 그 내용을 유지했습니다. 확인하고 필요하면 다시 선택해 주세요. 나머지는 저장했습니다."
            ),
            kind="warning",
            names=", ".join(marked.left),
        )
    if marked.away:
        said = _("저장했습니다. 결석·지각·조퇴·결과 학생은 %(count)s명입니다.")
        return page.see_other(request, here, flash=said, count=marked.away)
    return page.see_other(request, here, flash=_("저장했습니다. 모두 출석입니다."))


def _marks(sent: dict[str, str]) -> dict[str, Mark]:
    """What was sent of each child. Raises Invalid."""
    found = {}
    for name, text in sent.items():
        what, _dash, student = name.partition("-")
        if what != "mark":
            continue
        cause, reason = sent.get(f"cause-{student}", ""), sent.get(f"reason-{student}", "")
        if text not in set(Presence) or cause not in set(Cause) or "\x00" in reason:
            raise Invalid({name: UNFIT})
        found[student] = Mark(Presence(text), Cause(cause), reason)
    return found
