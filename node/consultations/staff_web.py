"""Pages of staff: opening a week, a teacher's times and who comes, the sheet of a day, how a week fares."""

from datetime import date

import msgspec
from aiohttp import web

from kit.clock import local, local_date
from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query, wall_clock
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.consultations.model import (
    BREAKS,
    LENGTHS,
    USUAL_BREAK,
    USUAL_LENGTH,
    USUAL_WALK,
    GivenTimes,
    Meeting,
    TeacherTimes,
    WeekText,
)
from node.consultations.others import Caller
from node.consultations.rights import may_open_any
from node.consultations.web import CONSULTATIONS, ID, WORDS
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
BOOKING = ID + "/bookings/{booking:[0-9a-f]{20}}"


class WeekForm(msgspec.Struct):
    title: str = ""
    text: str = ""
    first: str = ""
    last: str = ""
    audience: list[str] = []
    opens: str = ""
    closes: str = ""
    walk: int = USUAL_WALK
    seen: str = ""


class TimesForm(msgspec.Struct):
    """Times as a teacher gives them in one press."""

    days: list[date] = []
    begins: str = ""
    ends: str = ""
    length: int = USUAL_LENGTH
    pause: int = USUAL_BREAK
    meeting: Meeting = Meeting.VISIT
    place: str = ""


class OpenForm(msgspec.Struct):
    """To which families a teacher's times are open."""

    audience: list[str] = []


class TeacherForm(msgspec.Struct):
    """Whom the author of a week adds, and for which families."""

    teacher: str = ""
    audience: list[str] = []


class DayForm(msgspec.Struct):
    day: date


class DayQuery(msgspec.Struct):
    day: date | None = None


class EnterTimeForm(msgspec.Struct):
    child: str
    slot: str


class CalledForm(msgspec.Struct):
    """Who called, and the time for them."""

    room: str = ""
    child: str = ""
    guardian: str = ""
    slot: str = ""


class ShiftForm(msgspec.Struct):
    slot: str


class StrikeForm(msgspec.Struct):
    reason: str = ""


# Weeks ----------------------------------------------------------------------------------------------


@ROUTES.get("/consultations/new")
async def new(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    require_staff(asker)
    consultations = request.app[CONSULTATIONS]
    return page.render(
        request,
        "consultations/edit.html",
        text=consultations.desk.usual(),
        places=await consultations.places(asker),
        action="/consultations/new",
        may_open=may_open_any(asker),
        week_id="",
        typed=typed,
        **WORDS,
    )


@ROUTES.post("/consultations/new")
@within(DECISIONS)
async def open_week(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    require_staff(asker)
    form = await read_form(request, WeekForm)
    made = await request.app[CONSULTATIONS].desk.open(asker, _text_of(form))
    return page.see_other(
        request,
        f"/consultations/{made}",
        flash=_("상담주간을 열고 담임 선생님들께 시간 등록을 요청했습니다."),
    )


@ROUTES.get(ID + "/edit")
async def edit(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    consultations, week_id = request.app[CONSULTATIONS], request.match_info["id"]
    text = await consultations.desk.text(asker, week_id)
    return page.render(
        request,
        "consultations/edit.html",
        text=text,
        places=await consultations.places(asker, text.keys),
        action=f"/consultations/{week_id}/edit",
        may_open=True,
        week_id=week_id,
        typed=typed,
        **WORDS,
    )


@ROUTES.post(ID + "/edit")
@within(DECISIONS)
async def change(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, WeekForm)
    week_id = request.match_info["id"]
    await request.app[CONSULTATIONS].desk.change(asker, week_id, _text_of(form), form.seen)
    return page.see_other(request, f"/consultations/{week_id}", flash=_("저장했습니다."))


@ROUTES.post(ID + "/withdraw")
@within(DECISIONS)
async def withdraw(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    week_id = request.match_info["id"]
    await request.app[CONSULTATIONS].desk.withdraw(asker, week_id)
    return page.see_other(
        request,
        f"/consultations/{week_id}",
        flash=_("상담주간을 취소하고 예약한 가정에 알렸습니다."),
    )


@ROUTES.get(ID + "/overview")
async def overview(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[CONSULTATIONS].overview(asker, request.match_info["id"])
    return page.render(request, "consultations/overview.html", found=found, **WORDS)


@ROUTES.post(ID + "/teachers")
@within(DECISIONS)
async def add_teacher(request: web.Request) -> web.Response:
    """Somebody else gives times in the week; without families nobody is offered them any more."""
    asker = await asker_of(request)
    form = await read_form(request, TeacherForm)
    giving, week_id = request.app[CONSULTATIONS].giving, request.match_info["id"]
    await giving.add_teacher(asker, week_id, form.teacher, frozenset(form.audience))
    return page.see_other(request, f"/consultations/{week_id}/overview", flash=_("저장했습니다."))


def _text_of(form: WeekForm) -> WeekText:
    """What was typed. Raises Invalid."""
    opens, closes = wall_clock(form.opens, "opens"), wall_clock(form.closes, "closes")
    first, last = _day(form.first), _day(form.last)
    typed = {"opens": opens, "closes": closes, "first": first, "last": last}
    if opens is None or closes is None or first is None or last is None:
        raise Invalid({name: UNFIT for name, value in typed.items() if value is None})
    return WeekText(
        title=" ".join(form.title.split()),
        text=form.text,
        first_on=first,
        last_on=last,
        keys=tuple(sorted(set(form.audience))),
        opens_at=opens,
        closes_at=closes,
        walk=form.walk,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def typed(at: int) -> str:
    """A moment (ms) as an input writes it."""
    return f"{local(at):%Y-%m-%dT%H:%M}"


# A teacher's times ----------------------------------------------------------------------------------


@ROUTES.get(ID + "/times")
@shows(What.LIST)
async def times(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[CONSULTATIONS].times(asker, request.match_info["id"])
    _looked(request, found)
    return page.render(
        request,
        "consultations/times.html",
        found=found,
        lengths=LENGTHS,
        breaks=BREAKS,
        today=local_date(request.app[CLOCK].now()).isoformat(),
        **WORDS,
    )


@ROUTES.get(ID + "/sheet")
@shows(What.LIST)
async def sheet(request: web.Request) -> web.Response:
    """Who comes on a day, to be printed; on all days without one."""
    asker = await asker_of(request)
    query = read_query(request, DayQuery)
    found = await request.app[CONSULTATIONS].times(asker, request.match_info["id"])
    _looked(request, found)
    days = [one for one in found.days if one.slots and query.day in (None, one.on)]
    return page.render(request, "consultations/sheet.html", found=found, days=days, **WORDS)


def _looked(request: web.Request, found: TeacherTimes) -> None:
    """Say whose data a teacher's times show."""
    persons = [
        person for one in found.families for person in (one.booking.student_id, one.booking.by_id)
    ]
    persons += [one.student_id for one in found.pending]
    looked(request, title=found.week.title, persons=persons)


@ROUTES.post(ID + "/times")
async def give(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TimesForm)
    given = GivenTimes(
        days=tuple(sorted(set(form.days))),
        begins=form.begins[:5],
        ends=form.ends[:5],
        length=form.length,
        pause=form.pause,
        meeting=form.meeting,
        place=form.place,
    )
    giving, week_id = request.app[CONSULTATIONS].giving, request.match_info["id"]
    return _given(request, await giving.give(asker, week_id, given))


@ROUTES.post(ID + "/times/open")
async def open_times(request: web.Request) -> web.Response:
    """A teacher's times are open to others than their class."""
    asker = await asker_of(request)
    form = await read_form(request, OpenForm)
    giving, week_id = request.app[CONSULTATIONS].giving, request.match_info["id"]
    await giving.open_to(asker, week_id, frozenset(form.audience))
    return _back(request, _("저장했습니다."))


@ROUTES.post(ID + "/times/copy")
async def copy(request: web.Request) -> web.Response:
    """A day has the times of the one before."""
    asker = await asker_of(request)
    form = await read_form(request, DayForm)
    giving, week_id = request.app[CONSULTATIONS].giving, request.match_info["id"]
    return _given(request, await giving.copy(asker, week_id, form.day))


def _given(request: web.Request, counted: tuple[int, int]) -> web.Response:
    new, left_out = counted
    if not new:
        text = _("새로 등록한 시간이 없습니다. 이미 등록했거나 지난 시간입니다.")
    elif left_out:
        text = _("상담 시간을 등록했습니다. 이미 등록했거나 지난 시간은 제외했습니다.")
    else:
        text = _("상담 시간을 등록했습니다.")
    return _back(request, text)


@ROUTES.post(ID + "/times/{slot:[0-9a-f]{20}}/close")
async def take_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    giving, week_id = request.app[CONSULTATIONS].giving, request.match_info["id"]
    await giving.take_back(asker, week_id, request.match_info["slot"])
    return _back(request, _("빈 시간을 삭제했습니다."))


@ROUTES.post(ID + "/times/enter")
async def enter(request: web.Request) -> web.Response:
    """A time for a family that called."""
    asker = await asker_of(request)
    form = await read_form(request, EnterTimeForm)
    taking, week_id = request.app[CONSULTATIONS].taking, request.match_info["id"]
    await taking.enter(asker, week_id, form.child, form.slot)
    return _back(request, _("상담 시간을 예약하고 가정에 알렸습니다."))


@ROUTES.post(ID + "/times/called")
async def enter_called(request: web.Request) -> web.Response:
    """A time for a family that called, of whoever is not its homeroom teacher."""
    asker = await asker_of(request)
    form = await read_form(request, CalledForm)
    taking, week_id = request.app[CONSULTATIONS].taking, request.match_info["id"]
    caller = Caller(form.room, form.child, form.guardian)
    await taking.enter_called(asker, week_id, caller, form.slot)
    return _back(request, _("상담 시간을 예약하고 보호자에게 알렸습니다."))


@ROUTES.post(BOOKING + "/shift")
async def shift(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ShiftForm)
    taking, week_id = request.app[CONSULTATIONS].taking, request.match_info["id"]
    await taking.shift(asker, week_id, request.match_info["booking"], form.slot)
    return _back(request, _("상담 시간을 변경하고 가정에 알렸습니다."))


@ROUTES.post(BOOKING + "/strike")
async def strike(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, StrikeForm)
    taking, week_id = request.app[CONSULTATIONS].taking, request.match_info["id"]
    await taking.strike(asker, week_id, request.match_info["booking"], form.reason)
    return _back(request, _("상담을 취소하고 사유와 남은 시간을 가정에 알렸습니다."))


def _back(request: web.Request, flash: str) -> web.Response:
    return page.see_other(request, f"/consultations/{request.match_info['id']}/times", flash=flash)
