"""Pages of letters by which people get a login."""

from aiohttp import web

from kit.natural import natural
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.qr import drawn
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.invitations.invited import InvitationLetter
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"


@ROUTES.get("/admin/invitations")
async def invitations(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    invitations = request.app[PEOPLE].invitations
    by_class, staff = await invitations.state(asker)
    return await page.render_apart(
        request,
        "people/invitations.html",
        classes=by_class,
        staff=staff,
        lacks=invitations.lacks,
    )


@ROUTES.post("/admin/invitations/staff")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def staff_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    letters = await request.app[PEOPLE].invitations.staff_letters(asker)
    return await _printed(request, letters, "/admin/invitations")


@ROUTES.post(f"/admin/classes/{_ID}/letters")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def class_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.class_letters(asker, class_id)
    return await _printed(request, letters, f"/admin/classes/{class_id}")


@ROUTES.post(f"/admin/classes/{_ID}/student-letters")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def student_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.student_letters(asker, class_id)
    return await _printed(request, letters, f"/admin/classes/{class_id}")


@ROUTES.post(f"/admin/people/{_ID}/letter")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def person_letter(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    person_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.letter(asker, person_id)
    return await _printed(request, letters, f"/admin/people/{person_id}")


async def _printed(
    request: web.Request, letters: list[InvitationLetter], back: str
) -> web.Response:
    """A sheet a letter. A post, because printing makes codes and is noted in the audit log."""
    places = sorted({letter.place for letter in letters if letter.place}, key=natural)
    looked(request, title=", ".join(places[:3]), persons=[letter.person_id for letter in letters])
    codes = {letter.code: await drawn(letter.link) for letter in letters}
    return await page.render_apart(
        request, "people/letters.html", letters=letters, codes=codes, back=back
    )
