"""Pages of reserving: a thing's week, and one reservation."""

from datetime import date

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.seen import seen_of
from kit.web import page
from kit.web.forms import read_form, read_query
from node.bookings.model import AHEAD, LONGEST_NOTE, Repeated
from node.bookings.service import Bookings
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
BOOKINGS = web.AppKey("bookings", Bookings)
FACILITY = "/bookings/{id:[0-9a-f]{20}}"
RESERVED = "/bookings/reserved/{id:[0-9a-f]{20}}"


class FacilityQuery(msgspec.Struct):
    """A day of the week that is shown; none: today."""

    day: date | None = None


class ReserveForm(msgspec.Struct):
    day: date
    period: int


class PurposeForm(msgspec.Struct):
    purpose: str = ""
    pieces: int = 1
    seen: str = ""


class RepeatForm(msgspec.Struct):
    until: date


class CancelForm(msgspec.Struct):
    word: str = ""
    rest: bool = False


@ROUTES.get(FACILITY)
async def week(request: web.Request) -> web.Response:
    """What is free, at a glance."""
    asker = await asker_of(request)
    bookings, id = request.app[BOOKINGS], request.match_info["id"]
    day = read_query(request, FacilityQuery).day or bookings.today()
    found = await bookings.week(asker, id, day)
    return page.render(
        request,
        "bookings/week.html",
        week=found,
        facility=found.facility,
        today=bookings.today().isoformat(),
    )


@ROUTES.post(FACILITY)
async def book(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, ReserveForm)
    await request.app[BOOKINGS].book(asker, id, form.day, form.period)
    said = _("예약했습니다. 내 예약을 누르면 용도를 적거나 매주 반복할 수 있습니다.")
    return page.see_other(request, f"/bookings/{id}?day={form.day}", flash=said)


@ROUTES.get(RESERVED)
async def reservation(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    bookings = request.app[BOOKINGS]
    found = await bookings.reservation(asker, id)
    today = bookings.today()
    return page.render(
        request,
        "bookings/reservation.html",
        found=found,
        one=found.reservation,
        facility=found.facility,
        seen=seen_of(found.reservation.written),
        today=today.isoformat(),
        last=(today + AHEAD).isoformat(),
        longest=LONGEST_NOTE,
    )


@ROUTES.post(RESERVED)
async def write(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, PurposeForm)
    await request.app[BOOKINGS].write(asker, id, form.purpose, form.pieces, form.seen)
    return page.see_other(request, f"/bookings/reserved/{id}", flash=_("저장했습니다."))


@ROUTES.post(f"{RESERVED}/move")
async def move(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, ReserveForm)
    await request.app[BOOKINGS].move(asker, id, form.day, form.period)
    return page.see_other(request, f"/bookings/reserved/{id}", flash=_("예약을 옮겼습니다."))


@ROUTES.post(f"{RESERVED}/repeat")
async def repeat(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, RepeatForm)
    done = await request.app[BOOKINGS].repeat(asker, id, form.until)
    flash, kind = _repeated(done)
    days = ", ".join(f"{int(one[5:7])}/{int(one[8:])}" for one in done.taken)
    return page.see_other(
        request, f"/bookings/reserved/{id}", flash=flash, kind=kind, count=done.made, days=days
    )


def _repeated(done: Repeated) -> tuple[str, str]:
    """What is said of a repetition, and how."""
    if done.taken:
        return _(
            "%(count)s번 더 예약했습니다. 다른 사람이 이미 예약한 날은 뺐습니다: %(days)s"
        ), "warning"
    if not done.made:
        return _("그때까지 더 예약할 수업일이 없습니다."), "warning"
    return _("%(count)s번 더 예약했습니다. 쉬는 날은 뺐습니다."), "success"


@ROUTES.post(f"{RESERVED}/cancel")
async def cancel(request: web.Request) -> web.Response:
    asker, id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, CancelForm)
    facility = await request.app[BOOKINGS].cancel(asker, id, form.word, rest=form.rest)
    return page.see_other(request, f"/bookings/{facility}", flash=_("예약을 취소했습니다."))
