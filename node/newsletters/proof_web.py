"""The page on which a letter is read over before it is sent, and what its files say in words."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import read_form
from node.newsletters.web import NEWSLETTERS, PROOFREADING
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"


class DoubtForm(msgspec.Struct):
    doubt: str = ""


class FileWordsForm(msgspec.Struct):
    words: str = ""
    back: str = ""


@ROUTES.get(f"/newsletters/{_ID}/check")
async def check(request: web.Request) -> web.Response:
    """The draft as it will be read, with what a careful colleague would ask about it."""
    asker = await asker_of(request)
    newsletters = request.app[NEWSLETTERS]
    letter = await newsletters.desk.draft(asker, request.match_info["id"])
    files = await newsletters.desk.files(asker, letter.id)
    reading = await newsletters.read(asker, letter.id)
    return page.render(
        request,
        "newsletters/check.html",
        letter=letter,
        reading=reading,
        files=files,
        proof=await request.app[PROOFREADING].of(letter),
        outlook=await newsletters.desk.outlook(asker, letter.audience),
    )


@ROUTES.post(f"/newsletters/{_ID}/check/mend")
async def mend(request: web.Request) -> web.Response:
    """Put right what was found, as it was offered."""
    asker = await asker_of(request)
    form = await read_form(request, DoubtForm)
    newsletter_id = request.match_info["id"]
    mended = await request.app[PROOFREADING].mend(asker, newsletter_id, form.doubt)
    told = _("이미 변경된 부분입니다. 현재 글을 다시 확인했습니다.")
    if mended is None:
        return page.see_other(request, f"/newsletters/{newsletter_id}/check", flash=told)
    return page.see_other(request, f"/newsletters/{newsletter_id}/check", flash=_("수정했습니다."))


@ROUTES.post(f"/newsletters/{_ID}/check/keep")
async def keep(request: web.Request) -> web.Response:
    """Leave it as it stands."""
    asker = await asker_of(request)
    form = await read_form(request, DoubtForm)
    newsletter_id = request.match_info["id"]
    await request.app[PROOFREADING].keep(asker, newsletter_id, form.doubt)
    return page.see_other(request, f"/newsletters/{newsletter_id}/check")


@ROUTES.post(f"/newsletters/{_ID}/check/again")
async def ask_again(request: web.Request) -> web.Response:
    """Take back that it was kept."""
    asker = await asker_of(request)
    form = await read_form(request, DoubtForm)
    newsletter_id = request.match_info["id"]
    await request.app[PROOFREADING].ask_again(asker, newsletter_id, form.doubt)
    return page.see_other(request, f"/newsletters/{newsletter_id}/check")


@ROUTES.post(f"/newsletters/{_ID}/attachments/{{file:[0-9a-f]{{20}}}}/words")
async def describe(request: web.Request) -> web.Response:
    """What a file says or shows, for those who cannot see it."""
    asker = await asker_of(request)
    form = await read_form(request, FileWordsForm)
    newsletter_id = request.match_info["id"]
    await request.app[NEWSLETTERS].desk.describe(
        asker, newsletter_id, request.match_info["file"], form.words
    )
    back = "check" if form.back == "check" else "edit#attachments"
    return page.see_other(
        request, f"/newsletters/{newsletter_id}/{back}", flash=_("파일 설명을 저장했습니다.")
    )
