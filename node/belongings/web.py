"""Pages of lost and found: what is there, one thing, what nobody came for."""

import msgspec
from aiohttp import web

from kit.clock import local_date
from kit.i18n import _
from kit.ids import new_id
from kit.problem import UNFIT, Invalid
from kit.seen import seen_of
from kit.signin.fresh import RIGHTS, within
from kit.web import download, page
from kit.web.forms import decode, posted, read_form, read_query
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.belongings.model import (
    CLEARED,
    ENDING_LABELS,
    FEWEST_DAYS,
    LONGEST_PLACE,
    LONGEST_WORDS,
    MOST_DAYS,
    Ending,
    FoundWords,
)
from node.belongings.service import Belongings
from node.files.model import LARGEST_PHOTO, PhotoTooLarge
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
BELONGINGS = web.AppKey("belongings", Belongings)
PLACE = "/belongings"
THING = PLACE + "/{id:[0-9a-f]{20}}"


class ThingsQuery(msgspec.Struct):
    q: str = ""
    before: str = ""


class FoundForm(msgspec.Struct):
    words: str = ""
    place: str = ""
    found_on: str = ""
    kept_at: str = ""
    submission: str = ""
    seen: str = ""

    @property
    def written(self) -> FoundWords:
        return FoundWords(self.words, self.place, self.found_on, self.kept_at)


class ClaimForm(msgspec.Struct):
    owner_id: str
    words: str = ""


class UnclaimForm(msgspec.Struct):
    owner_id: str


class HandForm(msgspec.Struct):
    claim: str = ""
    to: str = ""


class ClearForm(msgspec.Struct):
    ending: str
    things: list[str] = []


class KeepingForm(msgspec.Struct):
    days: int
    seen: str = ""


@ROUTES.get(PLACE)
async def listing(request: web.Request) -> web.Response:
    """What is there, and how the reader's own claims stand."""
    asker = await asker_of(request)
    query = read_query(request, ThingsQuery)
    found = await request.app[BELONGINGS].things(asker, query.q, query.before)
    return page.render(
        request, "belongings/list.html", found=found, q=query.q, is_staff=asker.is_staff
    )


@ROUTES.get(f"{PLACE}/new")
async def new(request: web.Request) -> web.Response:
    require_staff(await asker_of(request))
    today = local_date(request.app[CLOCK].now()).isoformat()
    return page.render(
        request,
        "belongings/new.html",
        one=FoundWords("", "", today, ""),
        today=today,
        submission=new_id(),
        longest=LONGEST_WORDS,
        longest_place=LONGEST_PLACE,
    )


@ROUTES.post(f"{PLACE}/new")
async def note(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    require_staff(asker)  # before a large body is read
    form, content = await _found(request)
    belongings = request.app[BELONGINGS]
    thing_id = await belongings.note(asker, form.written, content, form.submission[:64])
    said = _("등록했습니다. 학교의 모든 가정과 교직원이 볼 수 있습니다.")
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=said)


async def _found(request: web.Request) -> tuple[FoundForm, bytes]:
    """What was written of a thing, and its photo, b"" without one. Raises PhotoTooLarge."""
    sent = await posted(request)
    form, photo = decode(sent, FoundForm), sent.get("photo")
    content = photo.file.read(LARGEST_PHOTO + 1) if isinstance(photo, web.FileField) else b""
    if len(content) > LARGEST_PHOTO:
        raise PhotoTooLarge(megabytes=LARGEST_PHOTO // 1024 // 1024)
    return form, content


@ROUTES.get(THING)
@shows(What.LIST)
async def thing(request: web.Request) -> web.Response:
    """One thing; for who hands it over also who says that it is theirs."""
    asker = await asker_of(request)
    found = await request.app[BELONGINGS].thing(asker, request.match_info["id"])
    looked(
        request,
        title=found.thing.words,
        persons=[id for one in found.claims + found.missed for id in (one.person_id, one.owner_id)],
    )
    return page.render(
        request,
        "belongings/thing.html",
        found=found,
        thing=found.thing,
        endings=ENDING_LABELS,
        longest=LONGEST_WORDS,
        longest_place=LONGEST_PLACE,
    )


@ROUTES.get(f"{THING}/picture")
async def picture(request: web.Request) -> web.StreamResponse:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    path = await request.app[BELONGINGS].picture(asker, thing_id, small=False)
    return download.send(path, "photo.jpg", "image/jpeg", inline=True)


@ROUTES.get(f"{THING}/small")
async def small(request: web.Request) -> web.StreamResponse:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    path = await request.app[BELONGINGS].picture(asker, thing_id, small=True)
    return download.send(path, "small.jpg", "image/jpeg", inline=True)


@ROUTES.get(f"{THING}/edit")
async def edit(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    found = await request.app[BELONGINGS].to_edit(asker, thing_id)
    return page.render(
        request,
        "belongings/edit.html",
        thing=found,
        seen=seen_of(found.written),
        today=local_date(request.app[CLOCK].now()).isoformat(),
        longest=LONGEST_WORDS,
        longest_place=LONGEST_PLACE,
    )


@ROUTES.post(f"{THING}/edit")
async def write(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    require_staff(asker)  # before a large body is read
    form, photo = await _found(request)
    await request.app[BELONGINGS].edit(asker, thing_id, form.written, form.seen, photo)
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=_("수정했습니다."))


@ROUTES.post(f"{THING}/claim")
async def claim(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, ClaimForm)
    await request.app[BELONGINGS].claim(asker, thing_id, form.owner_id, form.words)
    said = _("확인을 요청했습니다. 보관 장소에서 선생님과 확인한 뒤 돌려받으세요.")
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=said)


@ROUTES.post(f"{THING}/unclaim")
async def unclaim(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, UnclaimForm)
    await request.app[BELONGINGS].unclaim(asker, thing_id, form.owner_id)
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=_("요청을 취소했습니다."))


@ROUTES.post(f"{THING}/hand")
async def hand(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    form = await read_form(request, HandForm)
    await request.app[BELONGINGS].hand_over(asker, thing_id, form.claim, form.to)
    said = _("돌려준 것으로 처리했습니다.")
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=said)


@ROUTES.post(f"{THING}/mistaken")
async def mistaken(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    await request.app[BELONGINGS].clear(asker, [thing_id], Ending.MISTAKEN)
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=_("목록에서 내렸습니다."))


@ROUTES.post(f"{THING}/reopen")
async def reopen(request: web.Request) -> web.Response:
    asker, thing_id = await asker_of(request), request.match_info["id"]
    await request.app[BELONGINGS].reopen(asker, thing_id)
    return page.see_other(request, f"{PLACE}/{thing_id}", flash=_("처리를 취소했습니다."))


@ROUTES.get(f"{PLACE}/clearing")
async def clearing(request: web.Request) -> web.Response:
    """What nobody came for in time."""
    asker = await asker_of(request)
    things, keeping = await request.app[BELONGINGS].overdue(asker)
    return page.render(
        request,
        "belongings/clearing.html",
        things=things,
        keeping=keeping,
        seen=seen_of(keeping),
        endings=[(one.value, ENDING_LABELS[one]) for one in CLEARED],
        is_administrator=asker.is_administrator,
        fewest=FEWEST_DAYS,
        most=MOST_DAYS,
    )


@ROUTES.post(f"{PLACE}/clearing")
async def clear(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    require_staff(asker)
    form = await read_form(request, ClearForm)
    if form.ending not in CLEARED:
        raise Invalid({"ending": UNFIT})
    await request.app[BELONGINGS].clear(asker, form.things, Ending(form.ending))
    return page.see_other(request, f"{PLACE}/clearing", flash=_("선택한 물건을 정리했습니다."))


@ROUTES.post(f"{PLACE}/keeping")
@within(RIGHTS)
async def keep_for(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, KeepingForm)
    await request.app[BELONGINGS].keep_for(asker, form.days, form.seen)
    return page.see_other(request, f"{PLACE}/clearing", flash=_("저장했습니다."))
