"""The pages of those who write the calendar: an entry's form, the year with its holidays, what was changed."""

from datetime import date

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import Forbidden
from kit.web import page
from kit.web.forms import read_form, read_query
from node.calendar.model import (
    CHANGE_LABELS,
    KIND_LABELS,
    WEEKDAYS,
    CalendarEntry,
    EntryKind,
    keys_of,
    places_of,
)
from node.calendar.office import CalendarOffice
from node.calendar.web import ID, PAGES
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
OFFICE = web.AppKey("calendar_office", CalendarOffice)


class EntryForm(msgspec.Struct):
    title: str
    first_on: date
    places: list[str] = []
    last_on: date | None = None
    kind: EntryKind = EntryKind.EVENT
    starts: str = ""
    ends: str = ""
    place: str = ""
    text: str = ""
    blocks: bool = False
    weekday: int = 0
    seen: str = ""

    def entry(self, entry_id: str) -> CalendarEntry:
        return CalendarEntry(
            id=entry_id,
            first_on=self.first_on,
            last_on=self.last_on or self.first_on,
            kind=self.kind,
            title=self.title,
            keys=keys_of(self.places),
            text=self.text,
            place=self.place,
            starts=self.starts,
            ends=self.ends,
            blocks=self.blocks,
            weekday=self.weekday,
        )


class NewQuery(msgspec.Struct):
    day: str = ""


class YearQuery(msgspec.Struct):
    year: int | None = None


class HolidayForm(msgspec.Struct):
    day: date
    kept: bool = False


@ROUTES.get("/calendar/new")
async def new(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    offered = await request.app[OFFICE].offered(asker)
    query = read_query(request, NewQuery)
    return page.render(
        request,
        "calendar/edit.html",
        shown=None,
        offered=offered,
        kinds=KIND_LABELS,
        weekdays=WEEKDAYS,
        day=query.day,
    )


@ROUTES.post("/calendar/new")
async def add(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, EntryForm)
    entry_id = await request.app[OFFICE].add(asker, form.entry(""))
    return page.see_other(request, f"/calendar/{entry_id}", flash=_("일정을 추가했습니다."))


@ROUTES.get(f"/calendar/{ID}/edit")
async def edit(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    shown = await request.app[PAGES].entry(asker, request.match_info["id"])
    offered = await request.app[OFFICE].offered(asker)
    if not shown.may_write:
        raise Forbidden()
    return page.render(
        request,
        "calendar/edit.html",
        shown=shown,
        chosen=places_of(shown.entry.keys),
        offered=offered,
        kinds=KIND_LABELS,
        weekdays=WEEKDAYS,
    )


@ROUTES.post(f"/calendar/{ID}/edit")
async def change(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, EntryForm)
    entry_id = request.match_info["id"]
    await request.app[OFFICE].change(asker, form.entry(entry_id), form.seen)
    return page.see_other(request, f"/calendar/{entry_id}", flash=_("저장했습니다."))


@ROUTES.post(f"/calendar/{ID}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    change_id = await request.app[OFFICE].remove(asker, request.match_info["id"])
    return page.see_other(request, f"/calendar?undo={change_id}")


@ROUTES.get("/calendar/changes")
async def changes(request: web.Request) -> web.Response:
    """What was changed last, each to be taken back."""
    asker = await asker_of(request)
    lines = await request.app[OFFICE].latest(asker)
    return page.render(request, "calendar/changes.html", lines=lines, labels=CHANGE_LABELS)


@ROUTES.post(f"/calendar/changes/{ID}/undo")
async def undo(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[OFFICE].undo(asker, request.match_info["id"])
    return page.see_other(request, "/calendar", flash=_("되돌렸습니다."))


@ROUTES.get("/calendar/year")
async def year(request: web.Request) -> web.Response:
    """A school year: its days of school by semester, its public holidays."""
    asker = await asker_of(request)
    query = read_query(request, YearQuery)
    shown = await request.app[PAGES].year(asker, query.year)
    return page.render(request, "calendar/year.html", shown=shown)


@ROUTES.post("/calendar/holidays")
async def strike(request: web.Request) -> web.Response:
    """The school keeps a public holiday, or does not."""
    asker = await asker_of(request)
    form = await read_form(request, HolidayForm)
    await request.app[OFFICE].strike(asker, form.day, kept=form.kept)
    of = form.day.year if form.day.month >= 3 else form.day.year - 1
    return page.see_other(request, f"/calendar/year?year={of}", flash=_("저장했습니다."))
