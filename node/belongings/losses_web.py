"""Pages of what people miss."""

import msgspec
from aiohttp import web

from kit.clock import local_date
from kit.i18n import _
from kit.ids import new_id
from kit.web import page
from kit.web.forms import read_form
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.belongings.losses import Losses
from node.belongings.model import LONGEST_PLACE, LONGEST_WORDS, LossLine, LossWords
from node.belongings.rights import hands_over_all, owners_of
from node.belongings.web import PLACE, THING
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
LOSSES = web.AppKey("losses", Losses)
LIST = f"{PLACE}/losses"
LOSS = LIST + "/{id:[0-9a-f]{20}}"


class LossForm(msgspec.Struct):
    owner_id: str
    words: str = ""
    place: str = ""
    lost_on: str = ""
    submission: str = ""


class LossMatchForm(msgspec.Struct):
    loss_id: str


@ROUTES.get(LIST)
@shows(What.LIST)
async def losses(request: web.Request) -> web.Response:
    """What the reader misses; for staff what anybody does."""
    asker = await asker_of(request)
    own, newest = await _listed(request)
    return page.render(
        request,
        "belongings/losses.html",
        own=own,
        newest=newest,
        owners=owners_of(asker),
        is_staff=asker.is_staff,
        closes=hands_over_all(asker),
        submission=new_id(),
        today=local_date(request.app[CLOCK].now()).isoformat(),
        longest=LONGEST_WORDS,
        longest_place=LONGEST_PLACE,
    )


@ROUTES.post(LIST)
async def report(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, LossForm)
    written = LossWords(form.words, form.place, form.lost_on)
    await request.app[LOSSES].report(asker, form.owner_id, written, form.submission[:64])
    said = _("신고했습니다. 선생님이 비슷한 물건을 찾으면 알려 드립니다.")
    return page.see_other(request, LIST, flash=said)


@ROUTES.post(f"{LOSS}/close")
async def close(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[LOSSES].close(asker, request.match_info["id"])
    return page.see_other(request, LIST, flash=_("신고를 종료했습니다."))


@ROUTES.get(f"{THING}/losses")
@shows(What.LIST)
async def candidates(request: web.Request) -> web.Response:
    """What is missed of which a thing may be one, for who hands it over."""
    asker, thing_id = await asker_of(request), request.match_info["id"]
    thing = await request.app[LOSSES].handed_over_by(asker, thing_id)
    _own, newest = await _listed(request)
    return page.render(request, "belongings/candidates.html", thing=thing, newest=newest)


@ROUTES.post(f"{THING}/losses")
async def match(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, LossMatchForm)
    await request.app[LOSSES].match(asker, thing_id, form.loss_id)
    said = _("신고한 사람에게 알렸습니다.")
    return page.see_other(request, f"{PLACE}/{thing_id}/losses", flash=said)


async def _listed(request: web.Request) -> tuple[list[LossLine], list[LossLine]]:
    asker = await asker_of(request)
    own = await request.app[LOSSES].own(asker)
    newest = await request.app[LOSSES].newest(asker)
    shown = [one.loss for one in newest]
    looked(request, persons=[id for one in shown for id in (one.person_id, one.owner_id)])
    return own, newest
