"""The pages of contacts: ask the service, render a template."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import read_form
from node.contacts.model import WrittenContact
from node.contacts.service import Contacts
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
CONTACTS = web.AppKey("contacts", Contacts)
PLACE = "/contacts"
_ONE = PLACE + "/{id:[0-9A-Za-z_-]{1,40}}"


class SchoolContactForm(msgspec.Struct):
    name: str
    about: str = ""
    telephone: str = ""
    hours: str = ""
    for_guardians: bool = False
    for_students: bool = False


@ROUTES.get(PLACE)
async def listing(request: web.Request) -> web.Response:
    """Whom to call for what, as far as it is for the asker."""
    asker = await asker_of(request)
    contacts = await request.app[CONTACTS].of(asker)
    return page.render(
        request,
        "contacts/list.html",
        contacts=contacts,
        new=WrittenContact("", for_guardians=True),
        writes=asker.is_administrator,
        is_staff=asker.is_staff,
    )


@ROUTES.post(PLACE)
async def add(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[CONTACTS].write(asker, None, await _written(request))
    return page.see_other(request, PLACE, flash=_("연락처를 추가했습니다."))


@ROUTES.get(_ONE)
async def edit(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    one = await request.app[CONTACTS].one(asker, request.match_info["id"])
    return page.render(request, "contacts/edit.html", one=one)


@ROUTES.post(_ONE)
async def write(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[CONTACTS].write(asker, request.match_info["id"], await _written(request))
    return page.see_other(request, PLACE, flash=_("연락처를 저장했습니다."))


@ROUTES.post(_ONE + "/up")
async def up(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[CONTACTS].up(asker, request.match_info["id"])
    return page.see_other(request, PLACE)


@ROUTES.post(_ONE + "/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[CONTACTS].remove(asker, request.match_info["id"])
    return page.see_other(request, PLACE, flash=_("연락처를 삭제했습니다."))


async def _written(request: web.Request) -> WrittenContact:
    form = await read_form(request, SchoolContactForm)
    return WrittenContact(
        form.name, form.about, form.telephone, form.hours, form.for_guardians, form.for_students
    )
