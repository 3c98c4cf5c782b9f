"""Pages of what can be reserved: the list, and a thing as it is written of."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.seen import seen_of
from kit.web import page
from kit.web.forms import read_form
from node.bookings.facilities import Facilities
from node.bookings.model import (
    FACILITY_LABELS,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_PLACE,
    MOST_PIECES,
    FacilityKind,
    FacilityWords,
)
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
FACILITIES = web.AppKey("bookings-facilities", Facilities)
PLACE = "/bookings"
EDIT = PLACE + "/{id:[0-9a-f]{20}}/edit"


class FacilityForm(msgspec.Struct):
    name: str = ""
    kind: str = ""
    place: str = ""
    pieces: int = 1
    note: str = ""
    keeper_id: str = ""
    closed: bool = False
    seen: str = ""

    @property
    def written(self) -> FacilityWords:
        return FacilityWords(
            self.name,
            self.kind,
            self.place,
            self.pieces,
            self.note,
            self.keeper_id,
            self.closed,
        )


@ROUTES.get(PLACE)
async def listing(request: web.Request) -> web.Response:
    """What there is, and the reader's own next reservations."""
    asker = await asker_of(request)
    found = await request.app[FACILITIES].all(asker)
    return page.render(
        request,
        "bookings/list.html",
        found=found,
        labels=FACILITY_LABELS,
        enters=asker.is_administrator,
    )


@ROUTES.get(f"{PLACE}/new")
async def new(request: web.Request) -> web.Response:
    return await _form(request, "")


@ROUTES.post(f"{PLACE}/new")
async def add(request: web.Request) -> web.Response:
    return await _write(request, "")


@ROUTES.get(EDIT)
async def edit(request: web.Request) -> web.Response:
    return await _form(request, request.match_info["id"])


@ROUTES.post(EDIT)
async def write(request: web.Request) -> web.Response:
    return await _write(request, request.match_info["id"])


@ROUTES.post(f"{PLACE}/{{id:[0-9a-f]{{20}}}}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[FACILITIES].remove(asker, request.match_info["id"])
    return page.see_other(request, PLACE, flash=_("삭제했습니다."))


async def _form(request: web.Request, facility_id: str) -> web.Response:
    asker = await asker_of(request)
    found, colleagues = await request.app[FACILITIES].to_write(asker, facility_id)
    return page.render(
        request,
        "bookings/facility.html",
        facility=found,
        removes=found is not None and asker.is_administrator,
        one=found.written if found else FacilityWords("", FacilityKind.ROOM),
        seen=seen_of(found.written) if found else "",
        colleagues=colleagues,
        labels=FACILITY_LABELS,
        longest={"name": LONGEST_NAME, "place": LONGEST_PLACE, "note": LONGEST_NOTE},
        most=MOST_PIECES,
    )


async def _write(request: web.Request, facility_id: str) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, FacilityForm)
    id = await request.app[FACILITIES].write(asker, facility_id, form.written, form.seen)
    return page.see_other(request, f"{PLACE}/{id}", flash=_("저장했습니다."))
