"""The pages of timetables: the classes, a class's week, the week and a day as they are written."""

from datetime import date

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.web import page
from kit.web.forms import posted, read_form, read_query
from node.people.access import OFFICE, PLANNERS
from node.people.model import Asker
from node.people.session import asker_of
from node.timetable.model import WEEKDAYS, Lessons
from node.timetable.service import Timetable

ROUTES = web.RouteTableDef()
TIMETABLE = web.AppKey("timetable", Timetable)
ONE = "/timetable/{id:[0-9a-f]{20}}"
DAY = ONE + r"/days/{day:\d{4}-\d{2}-\d{2}}"
MORE_PERIODS = 1  # rows that an editor offers beyond those in use


class TimetableQuery(msgspec.Struct):
    """A day of the week that is shown; none: today."""

    day: date | None = None


class MoveDayForm(msgspec.Struct):
    day: date
    weekday: int
    grade: int = 0


class EndMovedDayForm(msgspec.Struct):
    day: date
    grade: int = 0


def _plans(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(PLANNERS)


def _day(request: web.Request) -> date:
    """The day in the address. Raises NotFound."""
    try:
        return _near(date.fromisoformat(request.match_info["day"]))
    except ValueError:
        raise NotFound() from None


def _near(day: date) -> date:
    """A day of which a week before and after there is one."""
    if not 2 <= day.year <= 9998:
        raise NotFound()
    return day


@ROUTES.get("/timetable")
async def classes(request: web.Request) -> web.StreamResponse:
    """Families are led to their class, staff choose one."""
    asker = await asker_of(request)
    timetable = request.app[TIMETABLE]
    if not asker.is_staff:
        own = await timetable.own_classes(asker)
        if own:
            return page.see_other(request, f"/timetable/{own[0][0]}")
        raise NotFound()
    found, moves = await timetable.classes(asker)
    return page.render(
        request,
        "timetable/classes.html",
        classes=found,
        moves=moves,
        plans=_plans(asker),
        weekdays=WEEKDAYS,
        grades=sorted({one.grade for one in found}),
        today=timetable.today().isoformat(),
    )


@ROUTES.get(ONE)
async def week_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    timetable, class_id = request.app[TIMETABLE], request.match_info["id"]
    day = _near(read_query(request, TimetableQuery).day or timetable.today())
    week = await timetable.week(asker, class_id, day)
    return page.render(
        request,
        "timetable/week.html",
        week=week,
        own=await timetable.own_classes(asker),
        keeps=class_id in asker.classes or not asker.roles.isdisjoint(OFFICE),
        today=timetable.today().isoformat(),
        weekdays=WEEKDAYS,
    )


@ROUTES.get(ONE + "/write")
async def write_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    timetable = request.app[TIMETABLE]
    week = await timetable.to_write(asker, request.match_info["id"], timetable.today())
    return page.render(
        request,
        "timetable/write.html",
        week=week,
        weekdays=WEEKDAYS,
        periods=range(1, week.periods.stop + MORE_PERIODS),
        subjects=sorted({one for at in week.grid.values() for one in at.lessons.values() if one}),
    )


@ROUTES.post(ONE + "/write")
async def write(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id, (typed, fields) = request.match_info["id"], await _typed(request)
    by_weekday = {int(at): lessons for at, lessons in typed.items() if at.isdecimal()}
    seen = fields.get("seen", "")
    await request.app[TIMETABLE].write_week(asker, class_id, by_weekday, seen)
    return page.see_other(request, f"/timetable/{class_id}", flash=_("시간표를 저장했습니다."))


async def _typed(request: web.Request) -> tuple[dict[str, Lessons], dict[str, str]]:
    """Lessons by what stands between `lesson-` and the period in the names of fields; all fields."""
    sent = await posted(request)
    fields = {name: text for name, text in sent.items() if isinstance(text, str)}
    typed: dict[str, Lessons] = {}
    for name, text in fields.items():
        kind, _dash, rest = name.partition("-")
        of, _dash, period = rest.partition("-")
        if kind == "lesson" and period.isdecimal() and len(period) < 3 and len(of) < 4:
            typed.setdefault(of, {})[int(period)] = text
    return typed, fields


@ROUTES.get(DAY)
async def day_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    day, class_id = _day(request), request.match_info["id"]
    week = await request.app[TIMETABLE].to_write(asker, class_id, day)
    found = next(one for one in week.days if one.day == day.isoformat())
    return page.render(
        request,
        "timetable/day.html",
        week=week,
        found=found,
        periods=range(1, week.periods.stop + MORE_PERIODS),
    )


@ROUTES.post(DAY)
async def write_day(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id, day = request.match_info["id"], _day(request)
    typed, fields = await _typed(request)
    await request.app[TIMETABLE].write_day(
        asker,
        class_id,
        day,
        typed.get("day", {}),
        fields.get("note", ""),
        fields.get("seen", ""),
    )
    return page.see_other(
        request, f"/timetable/{class_id}?day={day}", flash=_("이날의 시간표를 저장했습니다.")
    )


@ROUTES.post(DAY + "/clear")
async def clear_day(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id, day = request.match_info["id"], _day(request)
    await request.app[TIMETABLE].clear_day(asker, class_id, day)
    return page.see_other(
        request, f"/timetable/{class_id}?day={day}", flash=_("평소 시간표로 되돌렸습니다.")
    )


@ROUTES.post("/timetable/moves")
async def move(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MoveDayForm)
    await request.app[TIMETABLE].move(asker, _near(form.day), form.grade, form.weekday)
    return page.see_other(
        request, "/timetable", flash=_("그날의 시간표를 다른 요일로 바꾸었습니다.")
    )


@ROUTES.post("/timetable/moves/end")
async def end_move(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, EndMovedDayForm)
    await request.app[TIMETABLE].end_move(asker, _near(form.day), form.grade)
    return page.see_other(request, "/timetable", flash=_("원래 요일로 되돌렸습니다."))
